import type { Socket } from 'node:net';
import { FrameError } from './frame-reader';

/** The size above which a frame is not accepted, in bytes. Writers end frames of metrics at 64 KiB, pages at the size of a piece. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** What becomes of a connection. */
export interface FrameListener {
  /** Called with the content of each complete frame. If it throws, the connection is closed. */
  readonly onFrame: (content: Buffer) => void;
  /** Called once. A frame that is not complete by then is ignored. */
  readonly onClose: (error: Error | undefined) => void;
}

/** Sends and receives frames over a socket, which does not keep the process alive. */
export class FrameSocket {
  private received: Buffer = Buffer.alloc(0);
  private error: Error | undefined;

  constructor(
    private readonly socket: Socket,
    listener: FrameListener,
  ) {
    socket.unref();
    socket.on('data', (chunk) => {
      try {
        this.receive(chunk, listener);
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    socket.on('error', (error) => {
      this.error ??= error;
    });
    socket.on('close', () => listener.onClose(this.error));
  }

  /** The number of bytes that the system has not accepted yet. */
  get unsent(): number {
    return this.socket.writableLength;
  }

  /**
   * Sends a frame. The system accepts it within the call unless much is unsent, so that it is received even if the process
   * ends afterwards.
   */
  send(frame: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(frame);
  }

  /** Resolves when the system has accepted everything that was sent, or the connection is closed. */
  async drain(): Promise<void> {
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.once('close', resolve);
      this.socket.write(Buffer.alloc(0), () => resolve());
    });
  }

  /** Closes the connection after everything was sent. */
  end(): void {
    this.socket.end();
  }

  /** @param error why, for the listener */
  destroy(error?: Error): void {
    this.error ??= error;
    this.socket.destroy();
  }

  private receive(chunk: Buffer, { onFrame }: FrameListener): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    let at = 0;
    for (const frame of splitFrames(this.received)) {
      onFrame(frame);
      if (this.socket.destroyed) return;
      at += LENGTH_BYTES + frame.length;
    }
    this.received = this.received.subarray(at);
  }
}

/** Yields the contents of the complete frames at the beginning of bytes. */
export function* splitFrames(bytes: Buffer): Iterable<Buffer> {
  let at = 0;
  while (bytes.length - at >= LENGTH_BYTES) {
    const length = bytes.readUInt32LE(at);
    if (length > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${length} bytes is not accepted`);
    const end = at + LENGTH_BYTES + length;
    if (end > bytes.length) return;
    yield bytes.subarray(at + LENGTH_BYTES, end);
    at = end;
  }
}
