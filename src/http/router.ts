import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Issue, IssueError, invalidValue } from '../issues';
import { sendText } from './send';
import { pathOf } from './target';

/** A path of a server and its handler. */
export interface Route {
  /** An absolute path as a request has it: percent-encoded, without a query. */
  readonly path: string;
  /** Answers the requests for the path, whatever their method. */
  readonly handler: RequestListener;
  /** Health probes are answered while all places for other requests are taken. `false` by default. */
  readonly isProbe?: boolean | undefined;
  /** Whether the path is named in 404 responses and in the server's URLs. `true` by default. */
  readonly isListed?: boolean | undefined;
}

/** The routes of a server cannot be used: two have one path, or a path is not one that a request can have. */
export class RouteError extends IssueError {
  override readonly name = 'RouteError';
}

/** The characters that a path of a request has (RFC 3986, 3.3), without dot segments, which clients remove. */
const PATH = /^(\/(?!\.{1,2}(\/|$))([A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)+$/;

/** Returns whether a value is a path that a request can have. */
export function isRequestPath(path: unknown): path is string {
  return typeof path === 'string' && PATH.test(path);
}

const EXPECTED_PATH = 'an absolute path, percent-encoded, without a query, such as /metrics';

const MAX_URL_CHARACTERS = 4096;

/** Finds the route of a request by its exact path. */
export class Router {
  private readonly routes = new Map<string, Route>();

  /** @throws RouteError listing every path that cannot be used */
  constructor(routes: readonly Route[]) {
    const issues: Issue[] = [];
    for (const route of routes) {
      const { path } = route;
      if (!isRequestPath(path)) issues.push(invalidValue('path', path, EXPECTED_PATH));
      else if (this.routes.has(path)) {
        const message = `duplicate path "${path}": another route of this server has it; choose another path`;
        issues.push({ code: 'duplicate', path, expected: 'a path of its own', received: path, message });
      }
      this.routes.set(path, route);
    }
    if (issues.length > 0) throw new RouteError(issues);
  }

  /** The paths that are worth naming to a person. */
  get listedPaths(): string[] {
    return [...this.routes.values()].filter(({ isListed = true }) => isListed).map(({ path }) => path);
  }

  find(request: IncomingMessage): Route | undefined {
    return (request.url ?? '').length > MAX_URL_CHARACTERS ? undefined : this.routes.get(pathOf(request));
  }

  /** Answers a request that has no route. */
  sendNotFound(request: IncomingMessage, response: ServerResponse): void {
    if ((request.url ?? '').length > MAX_URL_CHARACTERS) {
      sendText(response, 414, `The URL has more than ${MAX_URL_CHARACTERS} characters.`);
    } else sendText(response, 404, `Not found. Try ${this.listedPaths.join(', ')}.`);
  }
}
