import type { BatchObservableCallback, Observable, ObservableCallback } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { printable } from '../issues';
import { TimeoutError, withTimeout } from '../timeout';
import { CallbackResult } from './callback-result';
import { type CallbackTarget, ObservableInstrument } from './observable';

/** The default timeout of callbacks, in milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

type Callback = ObservableCallback | BatchObservableCallback;

/** A callback with the instruments that it observes. */
interface Registration {
  readonly callback: Callback;
  /** Each one once. */
  readonly instruments: readonly ObservableInstrument[];
  readonly isBatch: boolean;
  /** Whether the callback was called and has not completed. It is not called again until then. */
  isRunning: boolean;
  /** Whether the callback was still running when the last waiting collection timed out. */
  isHanging: boolean;
}

/** One run of all callbacks, shared by the collections that are asked for while it lasts. */
interface Round {
  readonly number: number;
  readonly errors: unknown[];
  readonly pending: Set<Registration>;
  done: Promise<unknown>;
  /** Whether callbacks are being called, so that a collection comes from one of them. */
  isStarting: boolean;
  waiting: number;
}

/** Runs the callbacks of a provider's asynchronous instruments, one round at a time. */
export class CallbackRegistry implements CallbackTarget {
  private readonly registrations: Registration[] = [];
  private rounds = 0;
  private round: Round | undefined;

  /** @param keepsContext whether observations need the context in which they were made */
  constructor(private readonly keepsContext: () => boolean) {}

  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.register(callback, [instrument], false);
  }

  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.unregister(callback, [instrument], false);
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownInstruments(observables);
    if (instruments.length > 0) this.register(callback, instruments, true);
    else report('instrument', 'a batch callback has no instrument of this provider; it is never called', 'batch');
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.unregister(callback, ownInstruments(observables), true);
  }

  /** Ends all callbacks. */
  clear(): void {
    this.registrations.length = 0;
  }

  /** The number of callbacks that did not complete in time and still run. */
  get hanging(): number {
    return this.registrations.filter(({ isHanging }) => isHanging).length;
  }

  /**
   * Runs the callbacks, or joins the round that is running, and then calls `read`. A callback that does not complete within
   * the timeout delays nothing further: it is missing in what is read, and is started again after it completed.
   *
   * @param read is given the number of the round, and the errors of its callbacks
   */
  async observe<T>(
    timeoutMillis: number | undefined,
    read: (round: number, errors: unknown[]) => Promise<T>,
  ): Promise<T> {
    const round = this.round ?? this.start();
    round.waiting++;
    // A callback that collects would otherwise wait for itself.
    const isNested = round.isStarting;
    if (!isNested) await settle(round, timeoutMillis ?? DEFAULT_TIMEOUT);
    round.waiting--;
    if (round.waiting === 0 && !isNested) this.end(round);
    const late = this.registrations.filter(({ isRunning }) => isRunning).map(lateError);
    return read(round.number, [...round.errors, ...late]);
  }

  private start(): Round {
    const round: Round = {
      number: ++this.rounds,
      errors: [],
      pending: new Set(),
      done: Promise.resolve(),
      isStarting: true,
      waiting: 0,
    };
    this.round = round;
    const running: Promise<void>[] = [];
    // A callback can add and remove callbacks.
    for (const registration of this.registrations.slice()) {
      const completed = registration.isRunning ? undefined : this.run(registration, round);
      if (completed !== undefined) running.push(completed);
    }
    round.isStarting = false;
    round.done = Promise.all(running);
    return round;
  }

  private end(round: Round): void {
    if (this.round === round) this.round = undefined;
    for (const registration of round.pending) registration.isHanging = true;
  }

  private run(registration: Registration, round: Round): Promise<void> | undefined {
    const { callback, instruments, isBatch } = registration;
    const result = new CallbackResult(instruments, round.number, this.keepsContext());
    const fail = (error: unknown) => {
      result.close();
      round.errors.push(
        isError(error) ? error : new Error(`${callbackName(registration)} failed: ${printable(error)}`),
      );
    };
    let returned: unknown;
    let isAsync: boolean;
    try {
      returned = isBatch
        ? (callback as BatchObservableCallback)(result.forBatch())
        : (callback as ObservableCallback)(result.forInstrument());
      isAsync = isThenable(returned);
    } catch (error) {
      fail(error);
      return undefined;
    }
    if (!isAsync) {
      result.commit();
      return undefined;
    }
    registration.isRunning = true;
    round.pending.add(registration);
    return Promise.resolve(returned)
      .then(() => {
        // Observations that arrive after the round has ended are out of date.
        if (this.round === round) result.commit();
        else result.close();
      }, fail)
      .finally(() => {
        registration.isRunning = false;
        registration.isHanging = false;
        round.pending.delete(registration);
      });
  }

  private register(callback: Callback, instruments: readonly ObservableInstrument[], isBatch: boolean): void {
    if (typeof callback !== 'function') {
      report('instrument', `invalid callback ${printable(callback)}: expected a function; ignored`, 'callback');
      return;
    }
    if (this.find(callback, instruments, isBatch) >= 0) return;
    this.registrations.push({ callback, instruments, isBatch, isRunning: false, isHanging: false });
  }

  private unregister(callback: Callback, instruments: readonly ObservableInstrument[], isBatch: boolean): void {
    const found = this.find(callback, instruments, isBatch);
    if (found >= 0) this.registrations.splice(found, 1);
  }

  private find(callback: Callback, instruments: readonly ObservableInstrument[], isBatch: boolean): number {
    return this.registrations.findIndex(
      (each) =>
        each.callback === callback &&
        each.isBatch === isBatch &&
        each.instruments.length === instruments.length &&
        instruments.every((instrument) => each.instruments.includes(instrument)),
    );
  }
}

async function settle({ done, pending }: Round, timeoutMillis: number): Promise<void> {
  if (pending.size === 0) return;
  try {
    await withTimeout(done, timeoutMillis, '', { keepsProcessAlive: true });
  } catch {
    // The caller reports the callbacks that are still running.
  }
}

function lateError(registration: Registration): TimeoutError {
  return new TimeoutError(`${callbackName(registration)} has not completed in time`);
}

function callbackName({ instruments }: Registration): string {
  return `the callback of ${instruments.map(({ descriptor }) => descriptor.name).join(', ')}`;
}

/** Returns the instruments of this provider, each one once; none if the list cannot be read. */
function ownInstruments(observables: readonly Observable[]): ObservableInstrument[] {
  try {
    return [...new Set(observables.filter((each) => each instanceof ObservableInstrument))];
  } catch {
    return [];
  }
}

/** Returns whether a value is an error whose message can be read. A proxy or a getter may throw. */
function isError(value: unknown): value is Error {
  try {
    return value instanceof Error && typeof value.message === 'string';
  } catch {
    return false;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
