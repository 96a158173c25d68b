import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A map in a JSON file. A change resolves when the file is written. */
export class SavedMap<V> {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly values: Map<string, V>,
  ) {}

  static async open<V>(path: string): Promise<SavedMap<V>> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return new SavedMap<V>(path, new Map(JSON.parse(text) as [string, V][]));
  }

  entries(): [string, V][] {
    return [...this.values];
  }

  async set(key: string, value: V): Promise<void> {
    this.values.set(key, value);
    const text = JSON.stringify(this.entries());
    const written = this.writing.then(async () => {
      await writeFile(`${this.path}.new`, text);
      await rename(`${this.path}.new`, this.path);
    });
    this.writing = written.catch(() => {});
    await written;
  }
}
