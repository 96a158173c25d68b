import { never } from '../../../../serve.mjs';

export default defineEventHandler(never);
