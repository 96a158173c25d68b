export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
export const CURVES = ['CurveP256', 'CurveP384', 'CurveP521', 'X25519'] as const;

/** Whether clients need certificates, as Go's `tls.ClientAuthType` names it. Only the last type keeps others out. */
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];
/** A TLS version, as Prometheus names it. */
export type TlsVersion = (typeof TLS_VERSIONS)[number];
/** An elliptic curve, as Go's `tls.CurveID` names it. */
export type TlsCurve = (typeof CURVES)[number];

/** TLS of a server. Files are read again within a second after they change. */
export interface TlsConfig {
  /** The path of the server's certificate chain, in PEM. Either this or `cert` is required. */
  readonly certFile?: string | undefined;
  /** The server's certificate chain, in PEM. */
  readonly cert?: string | undefined;
  /** The path of the private key, in PEM. Either this or `key` is required. */
  readonly keyFile?: string | undefined;
  /** The private key, in PEM. */
  readonly key?: string | undefined;
  /** The path of the certificates of the authorities that sign client certificates, in PEM. */
  readonly clientCaFile?: string | undefined;
  /** The certificates of the authorities that sign client certificates, in PEM. */
  readonly clientCa?: string | undefined;
  /** `NoClientCert` by default. */
  readonly clientAuthType?: ClientAuthType | undefined;
  /** Subject alternative names of which a client certificate must have one. Any by default. */
  readonly clientAllowedSans?: readonly string[] | undefined;
  /** `TLS12` by default. */
  readonly minVersion?: TlsVersion | undefined;
  /** `TLS13` by default. */
  readonly maxVersion?: TlsVersion | undefined;
  /** IANA names, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. The choice of Node.js by default. */
  readonly cipherSuites?: readonly string[] | undefined;
  /** The curves of the key exchange, the preferred first. The choice of Node.js by default. */
  readonly curvePreferences?: readonly TlsCurve[] | undefined;
}

/** Returns OpenSSL's name of a cipher suite: `ECDHE-RSA-AES128-GCM-SHA256`. The suites of TLS 1.3 keep their IANA names. */
export function openSslCipher(suite: string): string {
  if (!suite.includes('_WITH_')) return suite;
  return suite
    .replace(/^TLS_(RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC', '')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replaceAll('_', '-');
}
