export default { srcDir: 'server', preset: 'node-server', compatibilityDate: '2026-11-01' };
