import { useEffect, useState } from "react";

const KEY = "theme";
type Theme = "light" | "dark";

const preferred = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** The choice that was kept. A browser that lets no page keep anything throws. */
function kept(): Theme | undefined {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : undefined;
  } catch {
    return undefined;
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds as long as the page is open.
  }
}

/** Light or dark: as the system prefers, until somebody chooses. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(() => kept() ?? preferred());
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const other = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    keep(other);
    setTheme(other);
  };
  return (
    <button type="button" className="quiet" aria-label={`change to the ${other} theme`} onClick={change}>
      {theme === "dark" ? "☀" : "☾"}
    </button>
  );
}
