import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "*/dist", "artifacts", "cache", "coverage", "types", "**/*.js", "**/*.mjs", "**/*.d.ts"] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-non-null-assertion": "off",
      eqeqeq: "error",
    },
  },
  { files: ["web/**"], languageOptions: { parserOptions: { project: "./web/tsconfig.json" } } },
  // Chai's assertions are expressions.
  { files: ["test/**"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
);
