import { Readable } from 'node:stream';
import { defineHandler } from 'nitro';
import { parts } from '../../../../serve.mjs';

export default defineHandler(() => Readable.toWeb(Readable.from(parts())));
