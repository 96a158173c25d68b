import { boolean, oneOf, text, timeout, url, type ValueType } from './value-types';

/**
 * Variables that the OTLP exporters read themselves. They have no option: in code, give `readers` an exporter with options
 * of its own. They are checked here because the exporters ignore invalid ones silently.
 */
export const EXPORTER_VARIABLES: Readonly<
  Record<string, { readonly type: ValueType<unknown>; readonly description: string }>
> = Object.fromEntries(
  ['OTEL_EXPORTER_OTLP', 'OTEL_EXPORTER_OTLP_METRICS'].flatMap((prefix) => [
    [`${prefix}_ENDPOINT`, { type: url('http', 'https', 'unix'), description: 'The URL of the backend.' }],
    [
      `${prefix}_HEADERS`,
      { type: text, description: 'Headers of each request: pairs `key=value`, separated by commas.' },
    ],
    [`${prefix}_TIMEOUT`, { type: timeout, description: 'Milliseconds that one request may take.' }],
    [`${prefix}_COMPRESSION`, { type: oneOf('none', 'gzip'), description: 'How requests are compressed.' }],
    [`${prefix}_CERTIFICATE`, { type: text, description: 'The file of the certificate authority.' }],
    [`${prefix}_CLIENT_KEY`, { type: text, description: 'The file of the client key.' }],
    [`${prefix}_CLIENT_CERTIFICATE`, { type: text, description: 'The file of the client certificate.' }],
    [`${prefix}_INSECURE`, { type: boolean, description: 'Whether grpc connects without TLS.' }],
  ]),
);
