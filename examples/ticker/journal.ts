import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file to which what workers report is appended, one line each. */
export class Journal {
  private constructor(private readonly file: FileHandle) {}

  static async open(folder: string): Promise<Journal> {
    await mkdir(folder, { recursive: true });
    return new Journal(await open(join(folder, 'journal.ndjson'), 'a'));
  }

  async append(entry: object): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(entry)}\n`);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
