import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { escapeLabelValue } from './escape';
import { type EscapingScheme, escapeName, isLegacyName } from './name-escaping';
import { type TranslationStrategy, translateLabel } from './naming';

/** One label as it is served. */
export type Label = readonly [name: string, value: string];

export interface LabelOptions {
  /** How keys become labels; nothing leaves them as they are, as documented labels are. */
  readonly strategy: TranslationStrategy | undefined;
  readonly escaping: EscapingScheme;
  /** A label that the format itself sets on the samples, such as `le`; one of that name is served as `exported_<name>`. */
  readonly reserved?: string;
  /** Labels that every series gets, put last. */
  readonly constant?: Readonly<Record<string, string>>;
}

/**
 * Writes attribute sets as labels, `a="b",c="d"`. An SDK hands out the same attributes object for a series at each
 * collection, so a series' text is built once and found again for as long as the object lives.
 */
export class LabelWriter {
  /** Whether two different attribute sets may have been written alike: a key was changed, or a value was no text. */
  joins = false;
  private readonly written = new WeakMap<Attributes, string>();

  constructor(private readonly options: LabelOptions) {}

  /** Whether attributes are written as they are. */
  get isExact(): boolean {
    return this.options.strategy === undefined;
  }

  labels(attributes: Attributes): string {
    let text = this.written.get(attributes);
    if (text === undefined) {
      text = labelText(this.pairs(attributes));
      this.written.set(attributes, text);
    }
    return text;
  }

  /** The labels of a series; values of keys that become one label are joined by `;`, in the order of the original keys. */
  pairs(attributes: Attributes): Label[] {
    const { strategy, constant = {} } = this.options;
    const labels = new Map<string, string>();
    const keys = strategy === undefined ? Object.keys(attributes) : Object.keys(attributes).sort();
    for (const key of keys) {
      const value = attributes[key];
      if (value === undefined || value === null) continue;
      const label = strategy === undefined && key !== OVERFLOW ? key : this.labelOf(key);
      this.joins ||= label !== key || typeof value !== 'string' || value === '' || Object.hasOwn(constant, key);
      if (label !== undefined) join(labels, label, valueText(value));
    }
    for (const [label, value] of Object.entries(constant)) join(labels, label, value);
    // A label with an empty value is the same as no label; two series must not differ in that alone.
    return strategy === undefined ? [...labels] : [...labels].filter(([, value]) => value !== '');
  }

  private labelOf(key: string): string | undefined {
    const { strategy, escaping, reserved } = this.options;
    const translated = translateLabel(key, key === OVERFLOW ? undefined : strategy);
    if (translated === undefined) return undefined;
    const label = escapeName(translated, escaping, 'label');
    return label === reserved ? `exported_${label}` : label;
  }
}

/** Labels as text, `a="b",c="d"`; names outside the legacy set are quoted. */
export function labelText(labels: readonly Label[]): string {
  return labels
    .map(([name, value]) => {
      const written = isLegacyName(name, 'label') ? name : `"${escapeLabelValue(name)}"`;
      return `${written}="${escapeLabelValue(value)}"`;
    })
    .join(',');
}

function join(labels: Map<string, string>, label: string, value: string): void {
  const before = labels.get(label);
  labels.set(label, before === undefined ? value : `${before};${value}`);
}

const OVERFLOW = 'otel.metric.overflow';

function valueText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
