// Who has signed in, as the app sees it. This is for the eye: what counts is decided where the token is made, from headers
// that no page can write.

const LIMIT = 10_000;

/** A request that the platform answers with 401 instead of leading to a sign-in page, which a script could not use. */
export function ask(url) {
  return fetch(url, {
    cache: "no-store",
    redirect: "manual",
    headers: { "X-Requested-With": "XMLHttpRequest" },
    signal: AbortSignal.timeout(LIMIT),
  });
}

/** Whether an answer means that nobody is signed in. */
export const signedOut = (response) => response.status === 401 || response.status === 403 || response.type === "opaqueredirect";

/** The name of the signed-in user; undefined without one. */
export async function whoIsIt() {
  const response = await ask("me");
  if (signedOut(response)) return undefined;
  if (!response.ok) throw new Error(`me answered with status ${response.status}`);
  return response.json();
}

const here = () => encodeURIComponent(location.pathname);
export const signInUrl = () => `/.auth/login/aad?post_login_redirect_uri=${here()}`;
export const signOutUrl = () => `/.auth/logout?post_logout_redirect_uri=${here()}`;
