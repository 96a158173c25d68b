import type { Attributes, Context } from '@opentelemetry/api';
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics';
import type { MetricDefinition } from '../catalog/definition';
import { selectLabels, validateLabels } from '../catalog/label-validation';
import { isOverflow } from '../catalog/overflow';
import { report } from '../diagnostics';
import { type Issue, printable } from '../issues';
import { copyAttributes, readAttributes } from './attributes';
import { activeContext } from './exemplars';

/** Attributes under which a measurement is recorded. */
export interface ProcessedAttributes {
  /** A copy of what was given, without what cannot be read. */
  readonly read: Attributes;
  readonly attributes: Attributes;
  /** Whether the result depends on the given attributes alone, so that it can be kept for them. */
  readonly isLasting: boolean;
}

/**
 * Turns the attributes of a measurement into those of its series: makes them safe to keep, checks the labels of a
 * documented metric, and applies the processors of a view. Reports what is wrong with them once.
 */
export class AttributePipeline {
  constructor(
    private readonly metric: string,
    private readonly definition: MetricDefinition | undefined,
    private readonly processors: readonly IAttributesProcessor[],
  ) {}

  /** Whether attributes that {@link readAttributes} returned are processed into themselves. */
  get changesNothing(): boolean {
    return this.definition === undefined && this.processors.length === 0;
  }

  /**
   * Returns what attributes of a series are processed into if a caller gives them, or `undefined` if that is not lasting.
   * Reports nothing about them.
   */
  reprocess(attributes: Attributes): Attributes | undefined {
    if (this.processors.length === 0) return attributes;
    const valid = this.withoutReports(attributes);
    const applied = valid === undefined ? undefined : this.apply(valid, undefined);
    return applied?.isLasting === true ? applied.attributes : undefined;
  }

  process(given: Attributes | undefined, context: Context | undefined): ProcessedAttributes {
    // Documented labels are validated before unsupported values become text.
    const raw = this.definition === undefined ? given : copyAttributes(given ?? {});
    const { attributes: read, issues } = readAttributes(this.metric, raw);
    const attributes = this.definition === undefined || isOverflow(read) ? read : this.validate(this.definition, raw);
    if (attributes === read) this.report(issues);
    if (this.processors.length === 0) return { read, attributes, isLasting: true };
    const applied = this.apply(attributes, context);
    return { read, attributes: applied.attributes, isLasting: applied.isLasting };
  }

  /** Returns the attributes of the series that holds the given ones, or `undefined` if no series can. Reports nothing. */
  lookUp(given: Attributes | undefined): Attributes | undefined {
    const valid = this.withoutReports(given);
    return valid === undefined ? undefined : this.apply(valid, undefined).attributes;
  }

  /**
   * Returns the attributes that all selected series have, or `undefined` if no series can have them. An attribute that the
   * processors of a view remove is not looked at, unless nothing else was given: that must not select every series.
   */
  select(given: Attributes): Attributes | undefined {
    const valid = this.withoutReports(given);
    if (valid === undefined) return undefined;
    const { attributes } = this.apply(valid, undefined);
    return hasKeys(valid) && !hasKeys(attributes) ? undefined : attributes;
  }

  private withoutReports(given: Attributes | undefined): Attributes | undefined {
    return this.definition === undefined
      ? readAttributes(this.metric, given).attributes
      : selectLabels(this.definition, (copyAttributes(given ?? {}) ?? {}) as Attributes);
  }

  private validate(definition: MetricDefinition, raw: object | undefined): Attributes {
    const { attributes, issues } = validateLabels(definition, (raw ?? {}) as Attributes);
    this.report(issues);
    return attributes;
  }

  private apply(attributes: Attributes, context: Context | undefined): Omit<ProcessedAttributes, 'read'> {
    if (this.processors.length === 0) return { attributes, isLasting: true };
    const watched = new WatchedContext(context ?? activeContext());
    // A copy, because a processor may change what it is given.
    let processed: Attributes = { ...attributes };
    try {
      for (const processor of this.processors) processed = processor.process(processed, watched);
    } catch (error) {
      const message = `an attributes processor of a view of ${this.metric} failed: ${printable(error)}; not applied`;
      report('label', message, `${this.metric} processor`);
      return { attributes, isLasting: false };
    }
    // The result comes from code outside the package.
    return { attributes: readAttributes(this.metric, processed).attributes, isLasting: !watched.wasRead };
  }

  private report(issues: readonly Issue[]): void {
    for (const { code, path, message } of issues) {
      // Names of attributes come from outside; those of labels do not.
      report('label', message, code === 'invalid_label' ? path : `${this.metric} ${code}`);
    }
  }
}

/** Notes whether a processor read the context. Only then can its result differ for the same attributes. */
class WatchedContext implements Context {
  wasRead = false;

  constructor(private readonly context: Context) {}

  getValue(key: symbol): unknown {
    this.wasRead = true;
    return this.context.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    this.wasRead = true;
    return this.context.setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    this.wasRead = true;
    return this.context.deleteValue(key);
  }
}

function hasKeys(attributes: Attributes): boolean {
  return Object.keys(attributes).length > 0;
}
