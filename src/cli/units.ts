import { unitWords } from '../exposition/names/units';

/** The UCUM units whose words names end with. */
const UNITS = [
  ...['s', 'ms', 'us', 'ns', 'min', 'h', 'd', 'By', 'KiBy', 'MiBy', 'GiBy', 'TiBy', 'kBy', 'MBy', 'GBy', 'TBy'],
  ...['Cel', 'm', 'V', 'A', 'J', 'W', 'g', 'Hz', '%'],
];
/** Words that the table of OpenTelemetry lacks. */
const OTHER_UNITS: Readonly<Record<string, string>> = { ratio: '1', mb: 'MBy', kb: 'kBy', gb: 'GBy' };

/** Returns the UCUM unit of a word in a metric name: `s` for `seconds`. */
export function findUnit(word: string): string | undefined {
  return UNITS.find((unit) => unitWords(unit).full === word) ?? OTHER_UNITS[word];
}
