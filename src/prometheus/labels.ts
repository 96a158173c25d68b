import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { escapeLabelValue } from './escape';
import { translateLabel } from './naming';

/**
 * Writes attribute sets as labels, `a="b",c="d"`. An SDK hands out the same attributes object for a series at each
 * collection, so a series' text is built once and found again for as long as the object lives.
 */
export class LabelWriter {
  private readonly written = new WeakMap<Attributes, string>();

  /**
   * @param exact whether keys are written as they are, as documented labels are, or translated
   * @param constant labels that every series gets, put last
   */
  constructor(
    private readonly exact: boolean,
    private readonly constant: Readonly<Record<string, string>> = {},
  ) {}

  labels(attributes: Attributes): string {
    let text = this.written.get(attributes);
    if (text === undefined) {
      text = this.write(attributes);
      this.written.set(attributes, text);
    }
    return text;
  }

  private write(attributes: Attributes): string {
    const labels = new Map<string, string>();
    // In the order of the original keys, so that values of keys that collide are joined in the specified order.
    const keys = this.exact ? Object.keys(attributes) : Object.keys(attributes).sort();
    for (const key of keys) {
      const value = attributes[key];
      const label = this.exact && key !== OVERFLOW ? key : translateLabel(key);
      if (label === undefined || value === undefined || value === null) continue;
      const before = labels.get(label);
      labels.set(label, before === undefined ? valueText(value) : `${before};${valueText(value)}`);
    }
    for (const [label, value] of Object.entries(this.constant)) {
      const before = labels.get(label);
      labels.set(label, before === undefined ? value : `${before};${value}`);
    }
    return [...labels].map(([label, value]) => `${label}="${escapeLabelValue(value)}"`).join(',');
  }
}

const OVERFLOW = 'otel.metric.overflow';

function valueText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
