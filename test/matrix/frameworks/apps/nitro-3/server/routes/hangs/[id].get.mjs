import { defineHandler } from 'nitro';
import { never } from '../../../../serve.mjs';

export default defineHandler(never);
