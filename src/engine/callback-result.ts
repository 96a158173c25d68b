import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { activeContext } from './exemplars';
import type { ObservableInstrument } from './observable';
import { ObservationList } from './observation';

/** Takes the observations of one run of a callback, which count only if the callback completes. */
export class CallbackResult {
  private isOpen = true;
  private readonly lists = new Map<ObservableInstrument, ObservationList>();

  /**
   * @param round the number of the round of callbacks
   * @param keepsContext whether observations need the context in which they are made
   */
  constructor(
    private readonly instruments: ReadonlySet<ObservableInstrument>,
    private readonly round: number,
    private readonly keepsContext: boolean,
  ) {
    for (const instrument of instruments) this.lists.set(instrument, new ObservationList());
  }

  forInstrument(): { observe(value: number, attributes?: Attributes): void } {
    const [instrument] = this.instruments;
    return { observe: (value, attributes) => this.observe(instrument as ObservableInstrument, value, attributes) };
  }

  forBatch(): BatchObservableResult {
    return {
      observe: (observable: Observable, value: number, attributes?: Attributes) =>
        this.observe(observable as ObservableInstrument, value, attributes),
    } as BatchObservableResult;
  }

  /** Makes the observations part of the round, and ends the result. */
  commit(): void {
    for (const [instrument, list] of this.lists) instrument.commit(list, this.round);
    this.close();
  }

  /** Ends the result. */
  close(): void {
    this.isOpen = false;
    // A callback may keep the result.
    this.lists.clear();
  }

  private observe(instrument: ObservableInstrument, given: number, attributes: Attributes | undefined): void {
    const list = this.lists.get(instrument);
    if (list === undefined) {
      const reason = this.isOpen ? 'its instrument is not one of the callback' : 'its callback has ended';
      report('value', `an observation is ignored: ${reason}`);
      return;
    }
    const value = instrument.accept(given);
    if (value === undefined || !instrument.isCollected) return;
    const observation = instrument.locate(attributes);
    observation.round = this.round;
    list.add(observation, value, this.keepsContext ? activeContext() : undefined);
  }
}
