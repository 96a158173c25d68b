import type { CollectedPoint, Exemplar } from '../../collection/points';
import type { Family } from '../families';
import { translateLabel } from '../names/translate';
import { labelText } from './label-writer';
import { canonicalBound, sampleValue } from './numbers';
import { metadataName, type TextDialect } from './text';
import { escapeLabelValue } from './text-escapes';

/**
 * OpenMetrics text (specification 1.0.0; Prometheus asks for 0.0.1 too, which is the same).
 *
 * A counter's family is named without `_total`, which its samples have. One whose documented name has no `_total` keeps
 * it and is `unknown`, and so is one that shares its family's name with another metric: what is stored has one name,
 * whatever the format.
 */
const OPENMETRICS_TEXT: TextDialect = {
  metadata: (family, names) => {
    const { name, type } = openMetricsFamily(family, names);
    const written = metadataName(name);
    const unit = family.unit !== '' && name.endsWith(`_${family.unit}`) ? `# UNIT ${written} ${family.unit}\n` : '';
    return `# TYPE ${written} ${type}\n${unit}# HELP ${written} ${escapeLabelValue(family.help)}\n`;
  },
  bound: canonicalBound,
  exemplar: (point, above, upTo) => {
    const { exemplars = [] } = point as CollectedPoint;
    const found = exemplars.findLast(({ value }) => value > above && value <= upTo);
    return found === undefined ? '' : exemplarText(found);
  },
  end: '# EOF\n',
};

const WITH_CREATED: TextDialect = {
  ...OPENMETRICS_TEXT,
  created: (family, names) => {
    const { name, type } = openMetricsFamily(family, names);
    return type === 'counter' || family.type === 'histogram' ? `${name}_created` : undefined;
  },
};

/** @param created whether `_created` samples tell when counters and histograms began */
export function openMetricsText(created: boolean): TextDialect {
  return created ? WITH_CREATED : OPENMETRICS_TEXT;
}

function openMetricsFamily(
  { name, type }: Family,
  names: ReadonlySet<string>,
): { readonly name: string; readonly type: string } {
  switch (type) {
    case 'counter': {
      const family = name.replace(/_total$/, '');
      return family === name || names.has(family) ? { name, type: 'unknown' } : { name: family, type };
    }
    case 'info':
      return { name: name.replace(/_info$/, ''), type };
    case 'native':
      return { name, type: 'histogram' };
    default:
      return { name, type };
  }
}

/** How many characters the labels of an exemplar may have together (OpenMetrics, "Exemplars"). */
const MOST_CHARACTERS = 128;

/** ` # {trace_id="..."} value timestamp`; the attributes that a view took away are told where they fit. */
function exemplarText({ value, timestamp, traceId, spanId, filteredAttributes }: Exemplar): string {
  const labels = new Map<string, string>();
  if (traceId !== undefined) labels.set('trace_id', traceId);
  if (spanId !== undefined) labels.set('span_id', spanId);
  const withFiltered = new Map(labels);
  for (const [key, attribute] of Object.entries(filteredAttributes)) {
    const label = translateLabel(key);
    if (label === undefined || attribute === undefined || withFiltered.has(label)) continue;
    withFiltered.set(label, typeof attribute === 'string' ? attribute : JSON.stringify(attribute));
  }
  const chosen = characters(withFiltered) <= MOST_CHARACTERS ? withFiltered : labels;
  return ` # {${labelText([...chosen])}} ${sampleValue(value)} ${(timestamp[0] + timestamp[1] / 1e9).toFixed(3)}`;
}

function characters(labels: ReadonlyMap<string, string>): number {
  let count = 0;
  for (const [name, value] of labels) count += [...name].length + [...value].length;
  return count;
}
