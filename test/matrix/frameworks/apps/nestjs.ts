import 'reflect-metadata';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Module, Param, ParseIntPipe, Post, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
// @ts-expect-error
import { announce, never, parts } from './serve.mjs';

@Controller('users')
class UsersController {
  @Get(':id')
  find(@Param('id') _id: string): string {
    return 'user';
  }
}

@Controller()
class AppController {
  @Get('fails/:id')
  fail(): void {
    throw new Error('broken');
  }

  @Get('hangs/:id')
  hang(): Promise<never> {
    return never();
  }

  @Get('streams/:id')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(parts()));
  }

  @Post('orders/:id')
  order(@Body('quantity', ParseIntPipe) quantity: number): string {
    return `ordered ${quantity}`;
  }
}

@Module({ controllers: [UsersController, AppController] })
class AppModule {}

async function main() {
  const platform = process.argv[2] as string;
  const { [`${platform}Adapter`]: Adapter } = await import(`@nestjs/platform-${platform.toLowerCase()}`);
  const app = await NestFactory.create(AppModule, new Adapter(), { logger: false });
  app.setGlobalPrefix('api');
  await app.listen(0, '127.0.0.1');
  announce(app.getHttpServer());
}

void main();
