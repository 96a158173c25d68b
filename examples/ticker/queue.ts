/** A queue of messages with a maximum length. */
export class MessageQueue<M> {
  private messages: M[] = [];

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.messages.length;
  }

  /** Appends a message. Returns `false`, without an effect, if the queue is full: the sender has to slow down. */
  push(message: M): boolean {
    if (this.messages.length >= this.capacity) return false;
    this.messages.push(message);
    return true;
  }

  /** Removes all messages and appends one. */
  replace(message: M): void {
    this.messages = [message];
  }

  /** Removes and returns up to `count` messages from the front. */
  shift(count: number): M[] {
    return this.messages.splice(0, count);
  }
}
