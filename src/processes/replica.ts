import type { CollectedStream } from '../collection/slices';
import { FrameError, type FrameReader } from './frame-reader';
import { SOURCE } from './frame-types';
import { MergedStore } from './merged-store';
import { StateDecoder } from './state-decoder';
import { StateEncoder } from './state-encoder';

/** What a process keeps of the one that serves, so that it can take over. */
export class Replica {
  /** Whether the serving process has sent anything. */
  hasState = false;
  private readonly store: MergedStore;
  private readonly decoders: ReadonlyMap<number, StateDecoder>;

  constructor(cardinalityLimit: number | undefined) {
    this.store = new MergedStore(cardinalityLimit);
    const sources = [SOURCE.OWN, SOURCE.ENDED];
    this.decoders = new Map(sources.map((source) => [source, new StateDecoder(this.store, '')]));
  }

  /** Applies a frame about the serving process, or about those that have ended. */
  receive(source: number, frame: FrameReader): void {
    const decoder = this.decoders.get(source);
    if (decoder === undefined) throw new FrameError(`source ${source} is unknown`);
    decoder.apply(frame);
    this.hasState = true;
  }

  /** Returns a store that begins with what the serving process and those before it have counted. */
  inherit(): MergedStore {
    for (const decoder of this.decoders.values()) decoder.end();
    return this.store;
  }
}

/** Sends to one process what it needs to take over from this one. */
export class ReplicaSender {
  private readonly own = new StateEncoder(SOURCE.OWN);
  private readonly ended = new StateEncoder(SOURCE.ENDED);

  constructor(private readonly send: (frame: Buffer) => void) {}

  /**
   * Sends what has changed.
   *
   * @param streams of this process
   * @param isComplete whether a stream that is missing has no series any more
   */
  update(streams: readonly CollectedStream[], isComplete: boolean, ended: readonly CollectedStream[]): void {
    for (const frame of this.own.encode(streams, isComplete, 0)) if (frame !== undefined) this.send(frame);
    for (const frame of this.ended.encode(ended, true, 0)) if (frame !== undefined) this.send(frame);
  }
}
