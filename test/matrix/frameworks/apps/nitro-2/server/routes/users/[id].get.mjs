export default defineEventHandler(() => 'user');
