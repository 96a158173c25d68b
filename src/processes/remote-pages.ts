import { PassThrough } from 'node:stream';
import type { FrameReader } from './frame-reader';
import { FRAME } from './frame-types';
import { FrameWriter } from './frame-writer';
import type { Page, PageRequest } from './page';

interface PendingPage {
  readonly body: PassThrough;
  readonly resolve: (page: Page) => void;
  readonly reject: (error: Error) => void;
}

/** Pages that this process has asked the aggregator for. */
export class RemotePages {
  private readonly pending = new Map<number, PendingPage>();
  private last = 0;

  /** Asks for a page. Rejects if the connection is lost before its beginning has arrived. */
  request(request: PageRequest, send: (frame: Buffer) => void): Promise<Page> {
    const id = ++this.last;
    const writer = new FrameWriter();
    writer.byte(FRAME.PAGE_REQUEST);
    writer.integer(id);
    writer.text(JSON.stringify(request));
    return new Promise((resolve, reject) => {
      this.pending.set(id, { body: new PassThrough(), resolve, reject });
      send(writer.finish());
    });
  }

  receive(type: number, frame: FrameReader): void {
    const id = frame.integer();
    const page = this.pending.get(id);
    if (page === undefined) return;
    const { body } = page;
    if (type === FRAME.PAGE_HEAD) page.resolve({ status: frame.integer(), contentType: frame.text(), body });
    else if (type === FRAME.PAGE_PIECE) body.write(Buffer.from(frame.rest()));
    else if (type === FRAME.PAGE_END) {
      body.end();
      this.pending.delete(id);
    }
  }

  /** Ends all pages with an error, because the connection is lost. */
  fail(error: Error): void {
    for (const { reject, body } of this.pending.values()) {
      reject(error);
      body.destroy(error);
    }
    this.pending.clear();
  }
}
