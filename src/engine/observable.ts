import type { Attributes, Observable, ObservableCallback } from '@opentelemetry/api';
import { readAttributes } from './attributes';
import type { InstrumentDescriptor } from './descriptor';
import { AttributeTable } from './lookup/attribute-table';
import { MeasurementCheck } from './measurement-check';
import { Observation, type ObservationList } from './observation';
import { removeInSteps } from './remove-in-steps';

/** The attribute sets that are kept besides those of the last round, so that objects last from round to round. */
const SPARE_OBSERVATIONS = 100;

const NO_ATTRIBUTES: Attributes = {};

/** Registers the callbacks of asynchronous instruments. */
export interface CallbackTarget {
  add(callback: ObservableCallback, instrument: ObservableInstrument): void;
  remove(callback: ObservableCallback, instrument: ObservableInstrument): void;
}

/** An asynchronous instrument with the observations of the last round of callbacks. */
export class ObservableInstrument implements Observable {
  private readonly table = new AttributeTable<Observation>();
  private readonly observations: Observation[] = [];
  private lists: ObservationList[] = [];
  private round = 0;
  private slots = 0;
  private capacity = 0;
  private walks = 0;
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

  /**
   * Returns numbers, from the returned one on, under which observations keep their series.
   *
   * @param capacity how many series a reader keeps
   */
  reserveSlots(count: number, capacity: number): number {
    const first = this.slots;
    this.slots += count;
    this.capacity = Math.max(this.capacity, capacity);
    return first;
  }

  /** Whether a stream aggregates what is observed. */
  get isCollected(): boolean {
    return this.slots > 0;
  }

  /** Returns the value to record, or `undefined` if the instrument does not accept it. */
  accept(value: number): number | undefined {
    return this.check.accept(value);
  }

  /** Returns the observation of an attribute set, new or known. */
  locate(attributes: Attributes | undefined): Observation {
    try {
      const known = this.table.find(attributes ?? NO_ATTRIBUTES);
      if (known !== undefined) return known;
    } catch {
      // A getter or a proxy threw; what can be read is read below.
    }
    return this.locateNew(attributes);
  }

  /** Makes what a callback observed part of a round. Of several observations of an attribute set the last one counts. */
  commit(list: ObservationList, round: number): void {
    if (this.round !== round) {
      this.lists = [];
      this.round = round;
    }
    this.lists.push(list);
  }

  /** Returns what the callbacks that have completed observed in a round. */
  observed(round: number): readonly ObservationList[] {
    return this.round === round ? this.lists.slice() : [];
  }

  /** Returns the number of a walk over observations. A walk ends before the next one starts. */
  startWalk(): number {
    return ++this.walks;
  }

  /** Whether so many sets are kept that those that are not observed should be forgotten. */
  get isCrowded(): boolean {
    const current = this.lists.reduce((sum, { size }) => sum + size, 0);
    return this.observations.length > Math.max(2 * current, this.capacity) + SPARE_OBSERVATIONS;
  }

  /** Forgets sets that were not observed in a round or later. Each step looks at some of them. */
  *forget(round: number): Generator<void> {
    yield* removeInSteps(
      this.observations,
      (observation) => observation.round < round && this.table.remove(observation),
    );
  }

  private locateNew(attributes: Attributes | undefined): Observation {
    const read = readAttributes(this.descriptor.name, attributes).attributes;
    const known = this.table.get(read);
    if (known !== undefined) return known;
    const observation = new Observation(read);
    this.table.insert(observation);
    this.observations.push(observation);
    return observation;
  }
}
