export default { test: { include: ['*.test.cjs'] } };
