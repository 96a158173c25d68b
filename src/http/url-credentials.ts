/** A URL that `fetch` accepts, and the header for the user name and the password that it had. */
export interface RequestTarget {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Moves the user name and the password of a URL to a header of basic authentication, because `fetch` refuses such URLs. */
export function separateCredentials(url: URL): RequestTarget {
  const target = new URL(url);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  const credentials = `${decode(username)}:${decode(password)}`;
  return {
    url: target.href,
    authorization: username === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The text has a percent sign that encodes nothing.
    return text;
  }
}
