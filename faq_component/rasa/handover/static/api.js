// The inbox's API. The token comes in the address after "#", which no server and no log sees, or is typed.

const KEY = "faq.inbox.token";

let token = fromAddress() ?? sessionStorage.getItem(KEY);

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const found = given.get("token");
  if (!found) return null;
  sessionStorage.setItem(KEY, found);
  given.delete("token");
  history.replaceState(null, "", given.size ? `#${given}` : location.pathname);
  return found;
}

export class WrongToken extends Error {}
export class Gone extends Error {}

export const hasToken = () => Boolean(token);

export function useToken(given) {
  token = given;
  sessionStorage.setItem(KEY, given);
}

/** Ask the API: GET, or POST where there is a body. */
export async function ask(path, body) {
  const response = await fetch(new URL(`api/handovers${path}`, location.href.split("#")[0]), {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
    cache: "no-store",
  });
  if (response.status === 401) throw new WrongToken();
  if (response.status === 404 || (response.status === 409 && path)) throw new Gone();
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
