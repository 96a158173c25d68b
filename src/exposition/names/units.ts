/** The words of a unit: `By/s` is `bytes` per `second`, so that a name ends with `full`, `bytes_per_second`. */
export interface UnitWords {
  /** Empty if the unit has no name of its own, like `1` and `{request}`. */
  readonly main: string;
  readonly full: string;
}

/**
 * Returns the words of a UCUM unit (OpenTelemetry specification, Prometheus compatibility, "Metric Metadata"): the words of
 * its table, any other unit as it is written; what is in braces is dropped; a slash separates the two parts of a rate.
 *
 * @param keepsUtf8 whether characters that are not legal in Prometheus names are kept; otherwise they become underscores
 */
export function unitWords(unit: string, keepsUtf8 = false): UnitWords {
  const bare = unit.replace(/\{[^{}]*\}/g, '');
  const slash = bare.indexOf('/');
  const main = unitWord(slash < 0 ? bare : bare.slice(0, slash), MAIN_UNITS, keepsUtf8);
  const per = unitWord(slash < 0 ? '' : bare.slice(slash + 1), PER_UNITS, keepsUtf8);
  const parts = [main, per === '' ? '' : `per_${per}`];
  return { main, full: parts.filter((part) => part !== '').join('_') };
}

/**
 * Returns the words of a unit if a name ends with them, and otherwise the empty string. This is what the UNIT line of
 * OpenMetrics may hold.
 *
 * @param name the name of the family without the suffix of its type
 */
export function unitInName(name: string, unit: string): string {
  const { full } = unitWords(unit);
  return full !== '' && name.endsWith(`_${full}`) ? full : '';
}

function unitWord(part: string, words: ReadonlyMap<string, string>, keepsUtf8: boolean): string {
  const unit = part.trim();
  const word = words.get(unit) ?? unit;
  if (keepsUtf8) return word.toWellFormed();
  return word.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_|_$/g, '');
}

const MAIN_UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  // Prometheus's translator has "tibibytes".
  ['TiBy', 'tebibytes'],
  // The translator's spelling of the next one.
  ['KBy', 'kilobytes'],
  ['kBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);
