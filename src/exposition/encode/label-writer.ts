import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { type EscapingScheme, escapeName, isLegacyName } from '../names/escape';
import { labelValueText } from '../names/label-value';
import { type TranslationStrategy, translateLabel } from '../names/translate';
import type { ByteWriter } from './byte-writer';
import { escapeLabelValue } from './text-escapes';

/** One label as it is served. */
export type Label = readonly [name: string, value: string];

export interface LabelOptions {
  /** How keys become labels; nothing leaves them as they are, as documented labels are. */
  readonly strategy: TranslationStrategy | undefined;
  readonly escaping: EscapingScheme;
  /**
   * A label that the format itself sets on the samples, such as `le`. One of that name is served as `exported_<name>`, and so is
   * `__name__`, for which Prometheus would refuse the whole page.
   */
  readonly reserved?: string;
  /** Labels that every series gets, put last. */
  readonly constant?: Readonly<Record<string, string>>;
}

/** How a key that is a label as it stands begins: at the front of the labels, and behind another. */
interface PlainKey {
  readonly first: Uint8Array;
  readonly next: Uint8Array;
}

/**
 * Writes attribute sets as labels, `a="b",c="d"`. Sets of text under keys that are labels as they stand are written
 * straight to the page. The text of any other is built once for as long as its attributes object lives; an SDK hands out
 * the same one for a series at each collection.
 */
export class LabelWriter {
  private readonly keys = new Map<string, PlainKey | undefined>();
  private readonly written = new WeakMap<Attributes, string>();
  /** The labels that every series gets, behind others. */
  private readonly constant: Uint8Array;

  constructor(private readonly options: LabelOptions) {
    const constant = labelText(Object.entries(options.constant ?? {}));
    this.constant = Buffer.from(constant === '' ? '' : `,${constant}`);
  }

  /** Writes the labels of a series, if it has any. */
  write(page: ByteWriter, attributes: Attributes): void {
    const start = page.length;
    for (const key in attributes) {
      const plain = this.plainKey(key);
      const value = attributes[key];
      if (plain === undefined || !this.isPlain(value)) {
        page.length = start;
        page.text(this.labels(attributes));
        return;
      }
      page.bytes(page.length === start ? plain.first : plain.next);
      page.labelValue(value);
      page.bytes(QUOTE);
    }
    page.bytes(page.length === start ? this.constant.subarray(1) : this.constant);
  }

  /** Whether another attribute set may be written alike: a key is changed, or a value is no text. */
  mayJoin(attributes: Attributes): boolean {
    for (const key in attributes) {
      if (this.plainKey(key) === undefined || !this.isPlain(attributes[key])) return true;
    }
    return false;
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
      const label = this.labelOf(key);
      if (label !== undefined) join(labels, label, labelValueText(value));
    }
    for (const [label, value] of Object.entries(constant)) join(labels, label, value);
    return [...labels].filter(([, value]) => !this.isLeftOut(value));
  }

  private plainKey(key: string): PlainKey | undefined {
    if (this.keys.has(key)) return this.keys.get(key);
    const isPlain = this.labelOf(key) === key && !Object.hasOwn(this.options.constant ?? {}, key);
    const begins = `${labelName(key)}="`;
    const plain = isPlain ? { first: Buffer.from(begins), next: Buffer.from(`,${begins}`) } : undefined;
    // What attributes are called is bounded in a healthy app; in any other, this must not grow.
    if (this.keys.size < MOST_KEYS) this.keys.set(key, plain);
    return plain;
  }

  private isPlain(value: AttributeValue | undefined): value is string {
    return typeof value === 'string' && !this.isLeftOut(value) && value.isWellFormed();
  }

  /** A label with an empty value is the same as no label; documented labels are written all the same. */
  private isLeftOut(value: string): boolean {
    return value === '' && this.options.strategy !== undefined;
  }

  private labelOf(key: string): string | undefined {
    const { strategy, escaping, reserved } = this.options;
    if (strategy === undefined && key !== OVERFLOW) return key;
    const translated = translateLabel(key, key === OVERFLOW ? undefined : strategy);
    if (translated === undefined) return undefined;
    const label = escapeName(translated, escaping, 'label');
    return label === reserved || label === METRIC_NAME ? `exported_${label}` : label;
  }
}

/** Labels as text, `a="b",c="d"`; names outside the legacy set are quoted. */
export function labelText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${labelName(name)}="${escapeLabelValue(value)}"`).join(',');
}

function labelName(name: string): string {
  return isLegacyName(name, 'label') ? name : `"${escapeLabelValue(name)}"`;
}

const METRIC_NAME = '__name__';
const QUOTE = Buffer.from('"');
const MOST_KEYS = 1000;

function join(labels: Map<string, string>, label: string, value: string): void {
  const before = labels.get(label);
  labels.set(label, before === undefined ? value : `${before};${value}`);
}

const OVERFLOW = 'otel.metric.overflow';
