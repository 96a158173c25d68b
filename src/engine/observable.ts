import type { Attributes, Context, Observable, ObservableCallback } from '@opentelemetry/api';
import { readAttributes } from './attributes';
import type { InstrumentDescriptor } from './descriptor';
import { AttributeTable } from './lookup/attribute-table';
import { MeasurementCheck } from './measurement-check';

/** The attribute sets that are kept besides those of the last round, so that objects last from round to round. */
const SPARE_OBSERVATIONS = 100;

/** The last observation of one attribute set. The object stays the same as long as the set is observed. */
export interface Observation {
  /** As observed, before views. */
  readonly attributes: Attributes;
  value: number;
  context: Context | undefined;
  /** The round in which it was last observed. */
  round: number;
}

/** Registers the callbacks of asynchronous instruments. */
export interface CallbackTarget {
  add(callback: ObservableCallback, instrument: ObservableInstrument): void;
  remove(callback: ObservableCallback, instrument: ObservableInstrument): void;
}

/** An asynchronous instrument with the observations of the last round of callbacks. */
export class ObservableInstrument implements Observable {
  private readonly table = new AttributeTable<Observation>();
  private current: Observation[] = [];
  private round = 0;
  private readonly check: MeasurementCheck;

  constructor(
    readonly descriptor: InstrumentDescriptor,
    private readonly callbacks: CallbackTarget,
  ) {
    // Whether a gauge's values are aggregated as last values or otherwise is up to its streams.
    this.check = new MeasurementCheck(descriptor.name, descriptor, 'last-value');
  }

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add(callback, this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.remove(callback, this);
  }

  /** Returns the value to record, or `undefined` if the instrument does not accept it. */
  accept(value: number): number | undefined {
    return this.check.accept(value);
  }

  /** Returns the observation of an attribute set, new or known. */
  locate(attributes: Attributes | undefined): Observation {
    try {
      const known = this.table.find(attributes ?? {});
      if (known !== undefined) return known;
    } catch {
      // A getter or a proxy threw; what can be read is read below.
    }
    const read = readAttributes(this.descriptor.name, attributes).attributes;
    const known = this.table.get(read);
    if (known !== undefined) return known;
    const observation = { attributes: read, value: 0, context: undefined, round: 0 };
    this.table.insert(observation);
    return observation;
  }

  /** Makes an observation one of a round. The last one of an attribute set counts. */
  commit(observation: Observation, value: number, context: Context | undefined, round: number): void {
    if (this.round !== round) {
      this.forget();
      this.current = [];
      this.round = round;
    }
    if (observation.round !== round) this.current.push(observation);
    observation.round = round;
    observation.value = value;
    observation.context = context;
  }

  /** Returns the observations of a round. */
  observed(round: number): readonly Observation[] {
    return this.round === round ? this.current : [];
  }

  /** Drops sets that were not observed in the last round, once there are many. */
  private forget(): void {
    if (this.table.size <= 2 * this.current.length + SPARE_OBSERVATIONS) return;
    for (const each of this.table.matching({})) if (each.round !== this.round) this.table.remove(each);
  }
}
