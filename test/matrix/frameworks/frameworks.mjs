import { join } from 'node:path';
import { ROOT } from '../app-folder.mjs';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const TSC_OPTIONS = '--experimentalDecorators --emitDecoratorMetadata --target es2022 --module nodenext --noCheck';

/**
 * The frameworks, in the versions that the results hold for.
 *
 * - `app`: the file or folder in apps/
 * - `args`: what Node.js runs, with the arguments; the app itself by default
 * - `build`: what Node.js runs before
 * - `takesPort`: whether the app listens on `PORT` instead of printing its port
 * - `template`: how the framework writes a route, `/users/:id` by default
 * - `further`: routes that the framework itself declares
 * - `skipped`: the cases that cannot be measured, with the reasons
 */
export const FRAMEWORKS = [
  { name: 'node:http with setHttpRoute', app: 'plain.mjs', packages: {} },
  { name: 'express 4', app: 'express.mjs', packages: { express: '4.22.3' } },
  { name: 'express 5', app: 'express.mjs', packages: { express: '5.3.0' } },
  { name: 'fastify 4', app: 'fastify.mjs', packages: { fastify: '4.29.1' } },
  { name: 'fastify 5', app: 'fastify.mjs', packages: { fastify: '5.12.8' } },
  ...['11.2.8', '12.5.0'].flatMap((version) =>
    ['Express', 'Fastify'].map((platform) => ({
      name: `NestJS ${version.split('.')[0]} on ${platform.toLowerCase()}`,
      app: 'nestjs.ts',
      packages: {
        '@nestjs/common': version,
        '@nestjs/core': version,
        [`@nestjs/platform-${platform.toLowerCase()}`]: version,
        'reflect-metadata': '0.2.2',
        rxjs: '7.8.2',
        '@types/node': '20.19.43',
      },
      manifest: { type: 'module' },
      build: [TSC, ...TSC_OPTIONS.split(' '), 'nestjs.ts'],
      args: ['nestjs.js', platform],
      template: (route) => `/api${route}`,
      // For what is not found below the prefix.
      further: ['/api*path'],
    })),
  ),
  { name: 'koa 3, @koa/router 15', app: 'koa.mjs', packages: { koa: '3.3.0', '@koa/router': '15.7.0' } },
  { name: 'koa 2, @koa/router 12', app: 'koa.mjs', packages: { koa: '2.16.4', '@koa/router': '12.0.2' } },
  {
    name: 'koa 3, koa-tree-router',
    app: 'koa-tree-router.mjs',
    packages: { koa: '3.3.0', 'koa-tree-router': '0.13.1' },
  },
  { name: 'hono 4', app: 'hono.mjs', packages: { hono: '4.13.19', '@hono/node-server': '2.1.8' } },
  {
    name: 'hapi 21',
    app: 'hapi.mjs',
    packages: { '@hapi/hapi': '21.4.10', joi: '18.3.2' },
    template: (route) => route.replace(':id', '{id}'),
  },
  { name: 'h3 1', app: 'h3-1.mjs', packages: { h3: '1.15.11' } },
  { name: 'h3 2', app: 'h3-2.mjs', packages: { h3: '2.0.8' } },
  {
    name: 'nitro 2',
    app: 'nitro-2',
    packages: { nitropack: '2.13.6' },
    build: ['node_modules/nitropack/dist/cli/index.mjs', 'build', 'nitro-2'],
    args: ['nitro-2/.output/server/index.mjs'],
    takesPort: true,
    skipped: { upgrade: 'its own WebSocket handlers were not set up' },
  },
  {
    name: 'nitro 3 beta',
    app: 'nitro-3',
    packages: { nitro: '3.0.260903-beta' },
    build: ['node_modules/nitro/dist/cli/index.mjs', 'build', 'nitro-3'],
    args: ['nitro-3/.output/server/index.mjs'],
    takesPort: true,
    skipped: { upgrade: 'its own WebSocket handlers were not set up' },
  },
  ...[
    ['Next.js 15', '15.5.29'],
    ['Next.js 16', '16.4.6'],
  ].map(([name, version]) => ({
    name,
    app: 'next',
    packages: { next: version, react: '19.3.1', 'react-dom': '19.3.1' },
    build: ['node_modules/next/dist/bin/next', 'build', 'next'],
    args: ['node_modules/next/dist/bin/next', 'start', 'next', '-H', '127.0.0.1'],
    takesPort: true,
    template: (route) => route.replace(':id', '[id]'),
    skipped: { upgrade: 'Next.js has no API for upgrades' },
  })),
  { name: 'restify 11', app: 'restify.mjs', packages: { restify: '11.1.0' } },
];
