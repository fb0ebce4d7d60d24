/** VitePress's theme without its fonts, in the project's colours, and with the calculator on the page that asks for it. */
import { useData, type Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { defineComponent, h } from "vue";
import CostCalculator from "../calculator/CostCalculator.vue";
import "./style.css";

const Layout = defineComponent(() => {
  const { frontmatter } = useData();
  const below = () => (frontmatter.value.calculator === true ? h("div", { class: "vp-doc" }, h(CostCalculator)) : undefined);
  return () => h(DefaultTheme.Layout, null, { "doc-footer-before": below });
});

export default { extends: DefaultTheme, Layout } satisfies Theme;
