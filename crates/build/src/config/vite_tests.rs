use super::super::tests::project;
use super::*;

fn read(text: &str) -> Result<ViteConfig, Vec<String>> {
    let config = read_vite_config(&project(&[("vite.config.ts", text)]));
    config.map_err(|all| {
        all.into_iter().map(|u| format!("{}:{}", u.option, u.line.unwrap_or(0))).collect()
    })
}

const REACT: &str = "import { defineConfig } from 'vite';\nimport react from '@vitejs/plugin-react';\n\
                     import path from 'path';\nimport { resolve } from 'node:path';\n\
                     import { fileURLToPath, URL } from 'node:url';\n";

fn with(options: &str) -> Result<ViteConfig, Vec<String>> {
    read(&format!("{REACT}export default defineConfig({{ plugins: [react()], {options} }});"))
}

#[test]
fn the_usual_configurations_are_read() {
    for text in [
        "export default defineConfig({ plugins: [react()] })",
        "export default { plugins: [react({ include: '**/*.tsx' })] }",
        "export default defineConfig(({ mode }) => ({ plugins: [react()] }))",
        "export default defineConfig(() => { return { plugins: [react()] }; })",
        "export default defineConfig(async () => { const plugins = [react()]; return { plugins }; })",
        "const config = { plugins: [react()] };\nexport default config;",
        "export default { plugins: [react()] } satisfies UserConfig",
        "export default function () { return { plugins: [[react()]] } }",
    ] {
        let config = read(&format!("{REACT}{text}"));
        assert!(config.as_ref().is_ok_and(|config| config.react_plugin), "{text}: {config:?}");
    }
    let common =
        "const react = require('@vitejs/plugin-react');\nmodule.exports = { plugins: [react()] };";
    assert!(read(common).unwrap().react_plugin);
    assert_eq!(read_vite_config(&Project::default()), Ok(ViteConfig::default()));
}

#[test]
fn every_way_to_name_a_folder_is_the_same_alias() {
    for target in [
        "'/src'",
        "'./src'",
        "path.resolve(__dirname, './src')",
        "path.resolve(__dirname, 'src')",
        "path.join(__dirname, 'src/')",
        "resolve(__dirname, './src')",
        "resolve('src')",
        "path.resolve(process.cwd(), 'src')",
        "path.resolve(import.meta.dirname, 'src')",
        "fileURLToPath(new URL('./src', import.meta.url))",
        "new URL('./src', import.meta.url).pathname",
        "path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'src')",
    ] {
        let expected = vec![("@".to_owned(), "/src".to_owned())];
        let object = with(&format!("resolve: {{ alias: {{ '@': {target} }} }}"));
        assert_eq!(object.map(|config| config.alias), Ok(expected.clone()), "{target}");
        let list = with(&format!("resolve: {{ alias: [{{ find: '@', replacement: {target} }}] }}"));
        assert_eq!(list.map(|config| config.alias), Ok(expected), "{target}");
    }
    let package = with("resolve: { alias: { react: 'preact/compat' } }").unwrap();
    assert_eq!(package.alias, [("react".to_owned(), "preact/compat".to_owned())]);
}

#[test]
fn an_alias_that_leaves_the_project_or_is_a_pattern_is_refused() {
    for target in ["'../other'", "path.resolve(__dirname, '..')", "path.resolve('/etc')", "other()"]
    {
        assert!(with(&format!("resolve: {{ alias: {{ '@': {target} }} }}")).is_err(), "{target}");
    }
    assert!(with("resolve: { alias: [{ find: /^x/, replacement: '/src' }] }").is_err());
}

#[test]
fn values_that_reach_the_page_are_read() {
    let config = with(
        "base: './', publicDir: 'static', root: './web', define: { A: JSON.stringify('x'), B: 1, \
         C: '\"y\"', 'process.env': {}, D: JSON.stringify({ a: [true] }) }",
    )
    .unwrap();
    assert_eq!(config.base.as_deref(), Some("./"));
    assert_eq!((config.public_dir.as_deref(), config.root.as_str()), (Some("static"), "web"));
    let define: Vec<_> = config.define.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let expected = [
        ("A", "\"x\""),
        ("B", "1"),
        ("C", "\"y\""),
        ("D", "{\"a\":[true]}"),
        ("process.env", "{}"),
    ];
    assert_eq!(define, expected);
    assert_eq!(with("publicDir: false").unwrap().public_dir, None);
}

#[test]
fn what_changes_no_picture_is_read_over() {
    let config = with(
        "server: { port: Number(process.env.PORT), proxy: {} }, preview: { host: true }, optimizeDeps: { exclude: ['lucide-react'] }, \
         build: { outDir: 'dist', sourcemap: true, minify: 'terser', chunkSizeWarningLimit: 1000, \
         rollupOptions: { output: { manualChunks: { vendor: ['react'] } } } }, css: { devSourcemap: true }",
    );
    assert!(config.is_ok(), "{config:?}");
}

#[test]
fn what_changes_a_picture_and_is_not_understood_is_named_with_its_line() {
    let found = with(
        "\nbuild: { lib: { entry: 'x' } },\ncss: { modules: {} },\nplugins: [react(), legacy()],\n\
         define: { A: process.env.A, B: make() },\nworker: {},\nbase: process.env.BASE",
    )
    .unwrap_err();
    let expected = [
        "statements that run:9",
        "build.lib:7",
        "css.modules:8",
        "plugin legacy:9",
        "define.A:10",
        "define.B:10",
        "worker:11",
        "base:12",
    ];
    assert_eq!(found, expected);
    assert_eq!(
        read("export default make();").unwrap_err(),
        ["statements that run:1", "a configuration that is not an object:1"]
    );
    assert_eq!(read("export const a = 1;").unwrap_err(), ["no default export:0"]);
    assert_eq!(read("export default {").unwrap_err().len(), 1);
}

#[test]
fn the_paths_of_typescript_are_aliases_when_the_plugin_says_so() {
    let config = "import paths from 'vite-tsconfig-paths';\nexport default { plugins: [paths()] };";
    let tsconfig = "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } } }";
    let files = [("vite.config.ts", config), ("tsconfig.json", tsconfig)];
    let found = read_vite_config(&project(&files)).unwrap();
    assert_eq!(found.alias, [("@".to_owned(), "/src".to_owned())]);
}

#[test]
fn what_was_understood_is_kept_beside_what_was_not() {
    let text = "export default { resolve: { alias: { '@': '/src' } }, worker: {} };";
    let project = project(&[("vite.config.ts", text)]);
    assert!(read_vite_config(&project).is_err());
    assert_eq!(vite_config_so_far(&project).alias.len(), 1);
}

#[test]
fn a_configuration_that_does_more_than_to_say_is_not_data() {
    for (statement, line) in [
        ("while (true) {}", 6),
        ("\nprocess.exit(0);", 7),
        ("throw new Error('no');", 6),
        ("await new Promise(() => setInterval(() => 0, 9));", 6),
        ("import fs from 'node:fs';\nconst key = fs.readFileSync('/etc/passwd');", 7),
        ("const { execSync } = require('child_process');\nconst x = execSync('id');", 7),
        ("const x = (() => { for (;;); })();", 6),
        ("import './side-effect';", 6),
        ("globalThis.x = 1;", 6),
        ("if (1) {}", 6),
    ] {
        let text =
            format!("{REACT}{statement}\nexport default defineConfig({{ plugins: [react()] }});");
        let refused = read(&text).unwrap_err();
        assert_eq!(refused, [format!("statements that run:{line}")], "{statement}");
    }
    let called = "import os from 'os';\nexport default defineConfig(() => { const x = os.cpus(); \
                  return { plugins: [react()] }; });";
    assert_eq!(read(&format!("{REACT}{called}")).unwrap_err(), ["statements that run:7"]);
    let ignored = "export default { plugins: [react()], server: { port: Array(9).fill(1) } };";
    assert_eq!(read(&format!("{REACT}{ignored}")).unwrap_err(), ["statements that run:6"]);
}
