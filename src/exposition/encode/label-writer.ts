import { createHash } from 'node:crypto';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { OVERFLOW_ATTRIBUTE } from '../../catalog/overflow';
import { type EscapingScheme, escapeName, isLegacyName } from '../names/escape';
import { labelValueText } from '../names/label-value';
import { type TranslationStrategy, translateLabel } from '../names/translate';
import type { ByteWriter } from './byte-writer';
import { StaticText } from './static-text';
import { escapeLabelValue } from './text-escapes';

/** One label as it is served. */
export type Label = readonly [name: string, value: string];

/** What takes the labels of a series. */
export interface LabelSink {
  label(name: string, value: string): void;
}

type Entry = readonly [key: string, value: AttributeValue | undefined];

export interface LabelOptions {
  /**
   * How attribute keys become label names. `undefined` keeps them, as the labels of documented metrics are kept; an attribute
   * that a view adds to such a metric is escaped if the format has no quoted names.
   */
  readonly strategy: TranslationStrategy | undefined;
  readonly escaping: EscapingScheme;
  /** The label that the format itself sets on the samples, such as `le`. An attribute of that name gets the prefix `exported_`. */
  readonly reserved?: string;
  /** Attributes that every series gets: scope labels and chosen resource attributes, by their original keys. */
  readonly constant?: Readonly<Record<string, AttributeValue | undefined>>;
  /** Labels of series that have no label of the same name. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** What is known of an attribute key. */
interface Key {
  readonly name: string;
  /** The label name, or `undefined` if no legal name is left. */
  readonly label: string | undefined;
  /** Whether no other key and no constant label has the same label name, so that the value of the key is that of the label. */
  isOnly: boolean;
  /** `key="` for the first label of a series, and `",key="` for further ones. */
  readonly first: StaticText;
  readonly next: StaticText;
}

/** The longest label value, in characters. Longer ones are cut, because one value could make a page of any size. */
export const MAX_LABEL_VALUE = 4096;
/** The number of keys whose translation is kept. Attribute keys are bounded in a healthy app; in any other this must not grow. */
const MAX_KEYS = 1000;
const METRIC_NAME = '__name__';

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Writes attribute sets as labels, `a="b",c="d"`.
 *
 * A set is written straight to the page, attribute by attribute, unless two keys become one label, or a value is empty or very
 * long. Nothing is kept for a set.
 */
export class LabelWriter {
  private readonly keys = new Map<string, Key>();
  /** The keys by label name; the first one, if several have the same. */
  private readonly keysByLabel = new Map<string, Key>();
  /** The keys of the set that was resolved last, in its order. Most sets of a page have the same. */
  private readonly keyOrder: Key[] = [];
  /** The values of that set. */
  private readonly texts: string[] = [];
  /** `key="value"` of all constant and default labels, for series that have no label of the same name. */
  private readonly constants: StaticText;
  /** The same behind the value of another label. */
  private readonly nextConstants: StaticText;
  private readonly constantPairs: readonly Label[];
  private readonly constantLabels: ReadonlySet<string> = new Set();
  /** Whether an empty value is written. Undocumented series leave it out: to Prometheus it is the same as no label. */
  private readonly writesEmpty: boolean;

  constructor(private readonly options: LabelOptions) {
    this.writesEmpty = options.strategy === undefined;
    this.constantPairs = this.pairs({});
    this.keys.clear();
    this.keysByLabel.clear();
    this.constantLabels = new Set(this.constantPairs.map(([name]) => name));
    const constants = labelText(this.constantPairs);
    this.constants = new StaticText(constants);
    this.nextConstants = new StaticText(constants === '' ? '"' : `",${constants}`);
  }

  /** Writes the labels of a series, if it has any. */
  write(page: ByteWriter, attributes: Attributes): void {
    const { keyOrder, texts } = this;
    const count = this.resolve(attributes);
    if (count < 0) {
      page.text(labelText(this.pairs(attributes)));
      return;
    }
    for (let i = 0; i < count; i++) {
      const key = keyOrder[i] as Key;
      page.staticText(i === 0 ? key.first : key.next);
      page.labelValue(texts[i] as string);
    }
    page.staticText(count === 0 ? this.constants : this.nextConstants);
  }

  /** Returns a text that two series have in common exactly if Prometheus takes them for one: the order of labels is no part of it. */
  identity(attributes: Attributes): string {
    const pairs = this.pairs(attributes).filter(([, value]) => value !== '');
    return labelText(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Passes each label of a series to `sink`. */
  each(attributes: Attributes, sink: LabelSink): void {
    const { keyOrder, texts } = this;
    const count = this.resolve(attributes);
    if (count < 0) {
      for (const [label, value] of this.pairs(attributes)) sink.label(label, value);
      return;
    }
    for (let i = 0; i < count; i++) sink.label((keyOrder[i] as Key).label as string, texts[i] as string);
    for (const [label, value] of this.constantPairs) sink.label(label, value);
  }

  /**
   * Returns the labels of a series. Values whose keys become the same label are joined by `;`, ordered by their original
   * keys (OpenTelemetry specification, Prometheus compatibility, "Metric Attributes").
   */
  pairs(attributes: Attributes): Label[] {
    const { constant = {}, defaults = {} } = this.options;
    const entries = [...Object.entries(attributes), ...Object.entries(constant)];
    const values = new Map<string, string>();
    let joins = false;
    for (const [key, value] of entries) {
      const { label } = this.key(key);
      if (label === undefined || value === undefined) continue;
      if (values.has(label)) joins = true;
      else values.set(label, boundedText(value));
    }
    if (joins) this.join(values, entries.sort(byKey));
    for (const [label, value] of Object.entries(defaults))
      if (!values.has(label)) values.set(label, boundedText(value));
    const labels = [...values];
    return this.writesEmpty ? labels : labels.filter(([, value]) => value !== '');
  }

  /** Returns the label name of a key, or `undefined` if no legal name is left. */
  label(key: string): string | undefined {
    return this.key(key).label;
  }

  /** Returns whether every series has a label of this name already. */
  isConstant(label: string): boolean {
    return this.constantLabels.has(label);
  }

  /** Returns whether a value is written as it is, so that different ones are different texts. */
  isPlain(value: AttributeValue | undefined): value is string {
    return (
      typeof value === 'string' &&
      (value !== '' || this.writesEmpty) &&
      value.length <= MAX_LABEL_VALUE &&
      value.isWellFormed()
    );
  }

  /**
   * Sets {@link keyOrder} and {@link texts} to those of a set whose attributes are its labels. Returns their number, or -1 if two
   * attributes become one label, or a value is left out or cut.
   */
  private resolve(attributes: Attributes): number {
    const { keyOrder, texts } = this;
    let count = 0;
    for (const name in attributes) {
      if (!hasOwn.call(attributes, name)) continue;
      let key = keyOrder[count];
      if (key?.name !== name) {
        key = this.key(name);
        keyOrder[count] = key;
      }
      const value = attributes[name];
      const text = typeof value === 'string' ? value : labelValueText(value);
      if (!key.isOnly || text.length > MAX_LABEL_VALUE || (text === '' && !this.writesEmpty)) return -1;
      texts[count++] = text;
    }
    return count;
  }

  /** Sets each label to all of its values, in the order of `entries`. */
  private join(values: Map<string, string>, entries: readonly Entry[]): void {
    const joined = new Map<string, string>();
    for (const [key, value] of entries) {
      const { label } = this.key(key);
      if (label === undefined || value === undefined) continue;
      const before = joined.get(label);
      joined.set(label, before === undefined ? boundedText(value) : `${before};${boundedText(value)}`);
    }
    for (const [label, value] of joined) values.set(label, value);
  }

  private key(name: string): Key {
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const label = this.translate(name);
    const begin = label === undefined ? '' : `${labelName(label)}="`;
    const isOnly = label !== undefined && !this.constantLabels.has(label) && this.keys.size < MAX_KEYS;
    const key: Key = { name, label, isOnly, first: new StaticText(begin), next: new StaticText(`",${begin}`) };
    if (this.keys.size >= MAX_KEYS) return key;
    this.keys.set(name, key);
    if (label === undefined) return key;
    const other = this.keysByLabel.get(label);
    if (other === undefined) {
      this.keysByLabel.set(label, key);
      return key;
    }
    key.isOnly = false;
    other.isOnly = false;
    return key;
  }

  private translate(key: string): string | undefined {
    const { strategy, escaping, reserved } = this.options;
    const isKept = strategy === undefined && key !== OVERFLOW_ATTRIBUTE;
    const translated = isKept ? key : translateLabel(key, key === OVERFLOW_ATTRIBUTE ? undefined : strategy);
    if (translated === undefined) return undefined;
    const label = escapeName(translated, escaping, 'label');
    // OpenMetrics reserves names that begin with two underscores; Prometheus refuses a page with a label __name__.
    return label === reserved || label === METRIC_NAME || label.startsWith('__') ? `exported_${label}` : label;
  }
}

function byKey([a]: Entry, [b]: Entry): number {
  return a < b ? -1 : 1;
}

/** Returns labels as text, `a="b",c="d"`; names outside the legacy set are quoted. */
export function labelText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${labelName(name)}="${escapeLabelValue(value)}"`).join(',');
}

function labelName(name: string): string {
  return isLegacyName(name, 'label') ? name : `"${escapeLabelValue(name)}"`;
}

/** Returns a value as text. A long one is cut and gets a hash of the whole, so that different values stay different series. */
function boundedText(value: AttributeValue): string {
  const text = labelValueText(value);
  if (text.length <= MAX_LABEL_VALUE) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${text.slice(0, MAX_LABEL_VALUE - hash.length - 3).toWellFormed()}...${hash}`;
}
