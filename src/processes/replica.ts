import type { CollectedStream } from '../collection/slices';
import { FrameError, type FrameReader } from './frame-reader';
import { FRAME, PROTOCOL_VERSION, SOURCE } from './frame-types';
import { FrameWriter } from './frame-writer';
import type { MergedStore } from './merged-store';
import { StateDecoder } from './state-decoder';
import { StateEncoder } from './state-encoder';

/** Whose states follow in further frames. */
export interface Origin {
  readonly instance: string;
  /** Instances whose counts are part of what ended processes have counted. */
  readonly predecessors: readonly string[];
}

interface VersionedOrigin extends Origin {
  readonly version: number;
}

/** Returns the frame that comes before states that one process keeps of another. */
export function originFrame({ instance, predecessors }: Origin): Buffer {
  const writer = new FrameWriter();
  writer.byte(FRAME.ORIGIN);
  writer.text(JSON.stringify({ version: PROTOCOL_VERSION, instance, predecessors } satisfies VersionedOrigin));
  return writer.finish();
}

/** What a process has said about itself and about processes that ended before it, so that another one can take over. */
export class Replica {
  /** What the process has counted itself. */
  readonly own: StateDecoder;
  private readonly ended: StateDecoder;
  private from: Origin | undefined;

  /** @param store what the process contributes to */
  constructor(readonly store: MergedStore) {
    this.own = new StateDecoder(store, '');
    this.ended = new StateDecoder(store, '');
  }

  /** Whose counts these are. Absent if nothing was received. */
  get origin(): Origin | undefined {
    return this.from;
  }

  /** Applies a frame. */
  receive(type: number, frame: FrameReader): void {
    if (type === FRAME.ORIGIN) {
      const { version, ...origin } = JSON.parse(frame.text()) as VersionedOrigin;
      if (version !== PROTOCOL_VERSION) throw new FrameError(`protocol ${version} is not supported`);
      this.from = origin;
      return;
    }
    if (this.from === undefined) throw new FrameError('a state has no origin');
    (frame.integer() === SOURCE.OWN ? this.own : this.ended).apply(frame);
  }

  /**
   * Keeps what was counted as counts of ended processes.
   *
   * @param final what the same process has said later. What only a callback observed, it leaves out
   */
  keep(final?: Replica): void {
    this.own.end(final?.own);
    if (final === undefined) this.ended.end();
    else {
      this.ended.discard();
      final.ended.end();
    }
  }

  /** Ends this, as if it had never been. */
  discard(): void {
    this.own.discard();
    this.ended.discard();
  }
}

/** Sends to one process what it needs to take over from this one. */
export class ReplicaSender {
  private readonly own = new StateEncoder(SOURCE.OWN);
  private readonly ended = new StateEncoder(SOURCE.ENDED);

  constructor(
    origin: Origin,
    private readonly send: (frame: Buffer) => void,
  ) {
    send(originFrame(origin));
  }

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
