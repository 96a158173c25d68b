/** A queue of messages in the order in which they came, never longer than its capacity. */
export class MessageQueue<M> {
  private messages: M[] = [];

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.messages.length;
  }

  /** Puts a message at the end. Returns false, and drops it, when the queue is full: the sender has to slow down. */
  push(message: M): boolean {
    if (this.messages.length >= this.capacity) return false;
    this.messages.push(message);
    return true;
  }

  /** Takes up to `most` messages from the front. */
  take(most: number): M[] {
    return this.messages.splice(0, most);
  }
}
