const MAX_SUBSCRIBERS = 10;
const ANSWER_MILLIS = 1000;

/** The URLs to which messages of workers are posted. */
export class Subscribers {
  private readonly urls = new Set<string>();

  /** @returns `false` if the maximum number of subscribers is reached */
  add(url: string): boolean {
    if (this.urls.size >= MAX_SUBSCRIBERS && !this.urls.has(url)) return false;
    this.urls.add(url);
    return true;
  }

  remove(url: string): boolean {
    return this.urls.delete(url);
  }

  /** Resolves when every subscriber has answered. One that does not answer is only logged. */
  async notify(message: object): Promise<void> {
    await Promise.all([...this.urls].map((url) => this.post(url, JSON.stringify(message))));
  }

  private async post(url: string, body: string): Promise<void> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_MILLIS),
      });
      await response.arrayBuffer();
    } catch (error) {
      console.error(`subscriber ${url} does not answer: ${(error as Error).message}`);
    }
  }
}
