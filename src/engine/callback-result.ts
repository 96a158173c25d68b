import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { activeContext } from './exemplars';
import type { ObservableInstrument } from './observable';
import { ObservationList } from './observation';

/** What a callback observes of one instrument. */
interface Target {
  readonly instrument: ObservableInstrument;
  /** Absent when the callback has ended: the app may keep the result. */
  list: ObservationList | undefined;
}

/** Takes the observations of one run of a callback, which count only if the callback completes. */
export class CallbackResult {
  private readonly targets: readonly Target[];

  /**
   * @param round the number of the round of callbacks
   * @param keepsContext whether observations need the context in which they are made
   */
  constructor(
    instruments: readonly ObservableInstrument[],
    private readonly round: number,
    private readonly keepsContext: boolean,
  ) {
    this.targets = instruments.map((instrument) => ({ instrument, list: new ObservationList() }));
  }

  forInstrument(): { observe(value: number, attributes?: Attributes): void } {
    const [target] = this.targets;
    return { observe: (value, attributes) => this.observe(target, value, attributes) };
  }

  forBatch(): BatchObservableResult {
    const targets = new Map<Observable, Target>(this.targets.map((target) => [target.instrument, target]));
    return {
      observe: (observable: Observable, value: number, attributes?: Attributes) =>
        this.observe(targets.get(observable), value, attributes),
    } as BatchObservableResult;
  }

  /** Makes the observations part of the round, and ends the result. */
  commit(): void {
    for (const { instrument, list } of this.targets) if (list !== undefined) instrument.commit(list, this.round);
    this.close();
  }

  /** Ends the result. */
  close(): void {
    for (const target of this.targets) target.list = undefined;
  }

  private observe(target: Target | undefined, given: number, attributes: Attributes | undefined): void {
    const list = target?.list;
    if (target === undefined || list === undefined) {
      const reason = target === undefined ? 'its instrument is not one of the callback' : 'its callback has ended';
      report('value', `an observation is ignored: ${reason}`);
      return;
    }
    const { instrument } = target;
    const value = instrument.accept(given);
    if (value === undefined || !instrument.isCollected) return;
    const observation = instrument.locate(attributes);
    observation.round = this.round;
    list.add(observation, value, this.keepsContext ? activeContext() : undefined);
  }
}
