import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Format } from '../exposition/negotiation';

/** Limits a page to families whose names it accepts. */
export type FamilyFilter = (family: string) => boolean;

/** What a page is made for. Requests that ask for the same can share one. */
export interface PageRequest {
  readonly format: Format;
  readonly filter: FamilyFilter | undefined;
  /** How long callbacks of asynchronous instruments may take, in milliseconds. */
  readonly callbackMillis: number;
}

/** For how long a page that is being made can be joined, in milliseconds. A later request gets a page of its own. */
const MAX_JOIN_MILLIS = 1000;
/** The longest that pages are made and sent in one turn of the event loop, in milliseconds. */
const TURN_MILLIS = 2;

/** One piece of a page, and the one behind it once somebody has asked for it. */
class Piece {
  next: Promise<Piece | undefined> | undefined;

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
 * does not read holds pieces that others have asked for, never a collection of its own.
 */
class SharedPage {
  private readonly began = performance.now();
  private readonly ready: Promise<Generator<Uint8Array | undefined>>;
  /** The beginning of the page, for as long as it can be joined. */
  private first: Piece | undefined = new Piece(new Uint8Array());
  private readers = 0;

  constructor(
    private readonly request: PageRequest,
    make: (request: PageRequest) => Promise<Generator<Uint8Array | undefined>>,
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
  async body(): Promise<AsyncIterable<Uint8Array>> {
    let first = this.first;
    await this.ready;
    return {
      [Symbol.asyncIterator]: () => {
        const reader = new PageReader(this, first);
        // The reader alone holds on to pieces, and only to those that it has not given yet.
        first = undefined;
        return reader;
      },
    };
  }

  /** Returns the piece after another; creates it on the first request. */
  async after(piece: Piece): Promise<Piece | undefined> {
    // What the readers do with their pieces is a part of the turn too: many of them can want one that exists.
    await this.budget.renew();
    piece.next ??= this.make();
    return piece.next;
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
      const { value, done } = pieces.next();
      if (done === true) {
        this.close();
        return undefined;
      }
      if (value !== undefined && value.length > 0) return new Piece(value);
    }
  }
}

/** One reader's way through a page. */
class PageReader implements AsyncIterator<Uint8Array> {
  constructor(
    private readonly page: SharedPage,
    private piece: Piece | undefined,
  ) {
    page.begin();
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.piece === undefined) return { done: true, value: undefined };
    const piece = await this.page.after(this.piece);
    if (piece === undefined) return this.return();
    this.piece = piece;
    return { done: false, value: piece.bytes };
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

  constructor(private readonly make: (request: PageRequest) => Promise<Generator<Uint8Array | undefined>>) {}

  /** Returns the bytes of a page, of one that is being made if it can be joined. Rejects if nothing can be collected. */
  page(request: PageRequest): Promise<AsyncIterable<Uint8Array>> {
    for (const page of this.open) if (page.isOld()) page.close();
    for (const page of this.open) if (page.canBeJoined(request)) return page.body();
    const page = new SharedPage(request, this.make, this.budget, (closed) => this.open.delete(closed));
    this.open.add(page);
    return page.body();
  }
}
