import { Readable } from 'node:stream';
import { defineEventHandler, sendStream } from 'h3';
import { parts } from '../../../../serve.mjs';

export default defineEventHandler((event) => sendStream(event, Readable.from(parts())));
