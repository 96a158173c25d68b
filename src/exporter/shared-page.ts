import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pieces } from '../exposition/encode/encoder';
import type { Format } from '../exposition/negotiation';
import { TURN_MILLIS } from '../turns';

/** Limits a page to families whose names it accepts. */
export type FamilyFilter = (family: string) => boolean;

/** What a page is made for. Requests that ask for the same can share one. */
export interface PageRequest {
  readonly format: Format;
  readonly filter: FamilyFilter | undefined;
  /** How long callbacks of asynchronous instruments may take, in milliseconds. */
  readonly callbackMillis: number;
}

/** For how long a page can be joined before its second piece is made, in milliseconds. A later request gets a page of its own. */
const MAX_JOIN_MILLIS = 1000;

/** One piece of a page, and the one behind it once somebody has asked for it. */
class Piece {
  next: Promise<Piece | undefined> | undefined;
  /** The number of readers that have released it. */
  released = 0;

  constructor(readonly bytes: Uint8Array) {}
}

/** Lets the event loop run when pages have been made and sent for some milliseconds. One for all pages of an exporter. */
class TurnBudget {
  private turnStart = -Infinity;
  private turn: Promise<void> | undefined;

  isSpent(): boolean {
    return performance.now() - this.turnStart > TURN_MILLIS;
  }

  async renew(): Promise<void> {
    while (this.isSpent()) {
      this.turn ??= nextTurn().then(() => {
        this.turnStart = performance.now();
        this.turn = undefined;
      });
      await this.turn;
    }
  }
}

/**
 * A page that is made once and read by any number of requests.
 *
 * A piece is made when the reader that is furthest asks for it, and dropped when the slowest has read it: a reader that
 * does not read holds pieces that others have asked for, never a collection of its own. A piece that all readers have
 * released is written again. A page can be joined until its second piece is asked for, because the first is then released.
 */
class SharedPage {
  private readonly began = performance.now();
  private readonly ready: Promise<Pieces>;
  /** The beginning of the page, for as long as it can be joined. */
  private first: Piece | undefined = new Piece(new Uint8Array());
  /** The number of bodies that were handed out, and of readers that read. */
  private bodies = 0;
  private readers = 0;
  private readonly spare: Uint8Array[] = [];

  constructor(
    private readonly request: PageRequest,
    make: (request: PageRequest) => Promise<Pieces>,
    private readonly budget: TurnBudget,
    private readonly closed: (page: SharedPage) => void,
  ) {
    this.ready = make(request);
    this.ready.catch(() => this.close());
  }

  canBeJoined({ format, filter, callbackMillis }: PageRequest): boolean {
    const { request } = this;
    return (
      !this.isOld() &&
      format.name === request.format.name &&
      format.escaping === request.format.escaping &&
      filter === request.filter &&
      callbackMillis === request.callbackMillis
    );
  }

  isOld(): boolean {
    return this.first === undefined || performance.now() - this.began > MAX_JOIN_MILLIS;
  }

  /** Returns the page's bytes, to be read once, when everything was collected. */
  async body(): Promise<PageReader> {
    this.bodies++;
    const reader = new PageReader(this, this.first);
    await this.ready;
    return reader;
  }

  /** Returns the piece after another; creates it on the first request. */
  async after(piece: Piece): Promise<Piece | undefined> {
    // What the readers do with their pieces is a part of the turn too: many of them can want one that exists.
    await this.budget.renew();
    if (piece.bytes.length > 0) this.close();
    piece.next ??= this.make();
    return piece.next;
  }

  /** Has a piece written again if nobody reads it any more. */
  release(piece: Piece): void {
    if (++piece.released === this.bodies && this.first === undefined) this.spare.push(piece.bytes);
  }

  begin(): void {
    this.readers++;
  }

  end(): void {
    if (--this.readers === 0) this.close();
  }

  /** Ends joining. Those who read already read on. */
  close(): void {
    this.first = undefined;
    this.closed(this);
  }

  /** Makes the next piece. Called once for each, by whoever comes first. */
  private async make(): Promise<Piece | undefined> {
    const pieces = await this.ready;
    for (;;) {
      await this.budget.renew();
      const { value, done } = pieces.next(this.spare.pop());
      if (done === true) {
        this.close();
        return undefined;
      }
      if (value !== undefined && value.length > 0) return new Piece(value);
    }
  }
}

/** The body of a page for one reader. It alone holds on to pieces, and only to those that it has not given yet. */
export class PageReader implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  /** The pieces that were given and not released, as long as somebody holds them. */
  private readonly given = new WeakMap<Uint8Array, Piece>();

  constructor(
    private readonly page: SharedPage,
    private piece: Piece | undefined,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.page.begin();
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.piece === undefined) return { done: true, value: undefined };
    const piece = await this.page.after(this.piece);
    if (piece === undefined) return this.return();
    this.piece = piece;
    this.given.set(piece.bytes, piece);
    return { done: false, value: piece.bytes };
  }

  /** Gives back a piece, so that a later one can overwrite it. */
  release(bytes: Uint8Array): void {
    const piece = this.given.get(bytes);
    if (piece === undefined) return;
    this.given.delete(bytes);
    this.page.release(piece);
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    if (this.piece !== undefined) this.page.end();
    this.piece = undefined;
    return { done: true, value: undefined };
  }
}

/** Pages that are being made, so that concurrent requests share them. */
export class SharedPages {
  private readonly budget = new TurnBudget();
  private readonly open = new Set<SharedPage>();

  constructor(private readonly make: (request: PageRequest) => Promise<Pieces>) {}

  /** Returns the bytes of a page, of one that is being made if it can be joined. Rejects if nothing can be collected. */
  page(request: PageRequest): Promise<PageReader> {
    for (const page of this.open) if (page.isOld()) page.close();
    for (const page of this.open) if (page.canBeJoined(request)) return page.body();
    const page = new SharedPage(request, this.make, this.budget, (closed) => this.open.delete(closed));
    this.open.add(page);
    return page.body();
  }
}
