import { defineHandler } from 'nitro';
import { readValidatedBody } from 'nitro/h3';

export default defineHandler(async (event) => {
  await readValidatedBody(event, (body) => typeof body?.quantity === 'number');
  return 'ordered';
});
