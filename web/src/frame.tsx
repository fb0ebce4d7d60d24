import { useEffect, useRef, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useSite } from "./site.ts";
import { Boundary } from "./ui/boundary.tsx";
import { ThemeSwitch } from "./ui/themeSwitch.tsx";
import { Finder } from "./ui/finder.tsx";
import { WalletButton } from "./wallet/walletButton.tsx";

const SECTIONS = [
  ["/", "Overview"],
  ["/jobs", "Jobs"],
  ["/models", "Models"],
  ["/operators", "Operators"],
  ["/disputes", "Disputes"],
] as const;

/** What every page has around it. @param progress of the logs of the chain that are read, where no index is there */
export function Frame({ children, progress }: { readonly children: ReactNode; readonly progress?: readonly [done: number, all: number] }) {
  const { config, via } = useSite();
  const [place] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    // As after a page load: whoever listens hears the new page, and it begins at its top.
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <header className="frame-head">
        <div className="frame-bar">
          <Link href="/" className="brand">
            <img src="./icon.svg" alt="" width="28" height="28" />
            <span>
              OpenGradient Optimistic <small>{config.name}</small>
            </span>
          </Link>
          <Finder />
          <WalletButton />
          <ThemeSwitch />
        </div>
        <nav aria-label="Sections">
          {SECTIONS.map(([href, name]) => (
            <Link key={href} href={href} aria-current={isIn(place, href) ? "page" : undefined}>
              {name}
            </Link>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Boundary key={place}>{children}</Boundary>
      </main>
      <footer>
        {via === "index" ? "Read from an index, which follows the chain's events." : "Read from the chain's own events: no index is asked."}
        {progress !== undefined && progress[0] < progress[1] && ` ${Math.floor((100 * progress[0]) / progress[1])} % of the blocks are read.`}
      </footer>
    </>
  );
}

const isIn = (place: string, section: string): boolean => (section === "/" ? place === "/" : place === section || place.startsWith(`${section}/`));
