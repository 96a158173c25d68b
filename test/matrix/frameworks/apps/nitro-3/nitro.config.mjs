export default { serverDir: 'server', preset: 'node-server', compatibilityDate: '2026-11-01' };
