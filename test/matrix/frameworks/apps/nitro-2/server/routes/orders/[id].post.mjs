import { defineEventHandler, readValidatedBody } from 'h3';

export default defineEventHandler(async (event) => {
  await readValidatedBody(event, (body) => typeof body?.quantity === 'number');
  return 'ordered';
});
