import { useEffect, useState } from "react";

const KEY = "theme";
type Theme = "light" | "dark";

const preferred = (): Theme => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const kept = (): Theme | undefined => {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : undefined;
};

/** Light or dark: as the system prefers, until somebody chooses. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(() => kept() ?? preferred());
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const other = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    localStorage.setItem(KEY, other);
    setTheme(other);
  };
  return (
    <button type="button" className="quiet" aria-label={`change to the ${other} theme`} onClick={change}>
      {theme === "dark" ? "☀" : "☾"}
    </button>
  );
}
