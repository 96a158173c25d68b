import { defineEventHandler } from 'h3';
import { never } from '../../../../serve.mjs';

export default defineEventHandler(never);
