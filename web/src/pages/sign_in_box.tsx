// What stands on the page while nobody is signed in.

import { useState } from "preact/hooks";
import type { Texts } from "../texts/en.js";

/** The command that prints a token. */
const COMMAND = "privet token --user <uuid>";

export interface SignInBoxProps {
  t: Texts;
  about: string;
  kind: "oidc" | "token" | "none";
  problem: string;
  signIn: () => void;
  useToken: (token: string) => boolean;
}

export function SignInBox({ t, about, kind, problem, signIn, useToken }: SignInBoxProps) {
  return (
    <div class="sign-in">
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {kind === "oidc" && (
        <>
          <p>{about}</p>
          <p>
            <button type="button" class="primary" onClick={signIn}>
              {t.signIn.signIn}
            </button>
          </p>
        </>
      )}
      {kind === "token" && <TokenForm t={t} useToken={useToken} />}
      {kind === "none" && <p>{t.signIn.none}</p>}
    </div>
  );
}

export function TokenForm({ t, useToken }: { t: Texts; useToken: (token: string) => boolean }) {
  const [isWrong, setWrong] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setWrong(!useToken(String(new FormData(form).get("token") ?? "")));
  };
  return (
    <form onSubmit={submit} noValidate>
      <p class="muted" id="token-about">
        {t.signIn.tokenAbout.replace("{command}", COMMAND)}
      </p>
      <label for="token">{t.signIn.token}</label>
      <input
        id="token"
        name="token"
        type="text"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="token-about token-problem"
        aria-invalid={isWrong ? "true" : undefined}
      />
      <p class="problem" id="token-problem" role="alert">
        {isWrong ? t.signIn.tokenWrong : ""}
      </p>
      <button type="submit" class="primary">
        {t.signIn.tokenUse}
      </button>
    </form>
  );
}
