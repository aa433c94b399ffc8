/// Folders that hold other people's code, by the habits of the common package managers.
enum VendoredCode {
    static let folderNames: Set<String> = [
        "vendor", "vendored", "node_modules", "third_party", "third-party", "thirdparty", "3rdparty",
        "bower_components", "pods", "carthage", "site-packages", ".venv", ".yarn",
    ]

    static func isFolder(_ name: String) -> Bool { folderNames.contains(name.lowercased()) }

    /// The outermost such folder that a path leads through.
    static func folder(of path: WorkspacePath) -> String? {
        guard let place = path.components.dropLast().firstIndex(where: isFolder) else { return nil }
        return path.components[...place].joined(separator: "/")
    }
}

/// Names languages by the ends of file names.
enum Languages {
    static func name(of file: String) -> String? {
        if let known = wholeNames[file] { return known }
        guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return nil }
        return extensions[file[file.index(after: dot)...].lowercased()]
    }

    /// Whether a path looks like a test, by the habits of the common languages.
    static func isTest(_ path: WorkspacePath) -> Bool {
        guard let name = path.name, Languages.name(of: name) != nil else { return false }
        let folders = path.components.dropLast().map { $0.lowercased() }
        if folders.contains(where: {
            ["test", "tests", "spec", "specs", "__tests__", "testing"].contains($0)
        }) {
            return true
        }
        let stem = name.prefix { $0 != "." }
        return stem.hasSuffix("Tests") || stem.hasSuffix("Test") || stem.hasSuffix("_test")
            || stem.hasPrefix("test_")
            || [".test.", ".tests.", ".spec."].contains(where: name.contains)
    }

    private static let wholeNames: [String: String] = [
        "Makefile": "Make", "GNUmakefile": "Make", "CMakeLists.txt": "CMake", "Dockerfile": "Dockerfile",
        "Containerfile": "Dockerfile", "Rakefile": "Ruby", "Gemfile": "Ruby", "BUILD": "Starlark",
        "WORKSPACE": "Starlark", "Jenkinsfile": "Groovy", "go.mod": "Go module", "Cargo.lock": "Lock file",
        "package-lock.json": "Lock file", "Package.resolved": "Lock file", "go.sum": "Lock file",
        "pnpm-lock.yaml": "Lock file", "configure.ac": "Autoconf",
    ]

    private static let extensions: [String: String] = [
        "swift": "Swift", "c": "C", "h": "C/C++ header", "cc": "C++", "cpp": "C++", "cxx": "C++",
        "hpp": "C++",
        "hh": "C++", "hxx": "C++", "inl": "C++", "ipp": "C++", "cu": "CUDA", "lock": "Lock file",
        "am": "Automake", "m4": "M4", "po": "Gettext", "gemspec": "Ruby", "plist": "XML", "j2": "Jinja",
        "m": "Objective-C", "mm": "Objective-C++", "rs": "Rust", "go": "Go", "zig": "Zig", "d": "D",
        "nim": "Nim",
        "java": "Java", "kt": "Kotlin", "kts": "Kotlin", "scala": "Scala", "groovy": "Groovy",
        "clj": "Clojure",
        "py": "Python", "pyi": "Python", "rb": "Ruby", "php": "PHP", "pl": "Perl", "pm": "Perl", "lua": "Lua",
        "r": "R", "jl": "Julia", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript",
        "jsx": "JavaScript", "ts": "TypeScript", "tsx": "TypeScript", "vue": "Vue", "svelte": "Svelte",
        "dart": "Dart", "ex": "Elixir", "exs": "Elixir", "erl": "Erlang", "hs": "Haskell", "ml": "OCaml",
        "mli": "OCaml", "fs": "F#", "cs": "C#", "vb": "Visual Basic", "sh": "Shell", "bash": "Shell",
        "zsh": "Shell", "fish": "Shell", "ps1": "PowerShell", "bat": "Batch", "sql": "SQL", "html": "HTML",
        "htm": "HTML", "css": "CSS", "scss": "Sass", "sass": "Sass", "less": "Less", "xml": "XML",
        "svg": "SVG",
        "json": "JSON", "ndjson": "JSON", "jsonl": "JSON", "yaml": "YAML", "yml": "YAML", "toml": "TOML",
        "ini": "INI", "cfg": "INI", "md": "Markdown", "markdown": "Markdown", "rst": "reStructuredText",
        "adoc": "AsciiDoc", "tex": "TeX", "txt": "Text", "proto": "Protocol Buffers", "graphql": "GraphQL",
        "tf": "Terraform", "hcl": "HCL", "nix": "Nix", "rego": "Rego", "cmake": "CMake", "mk": "Make",
        "s": "Assembly", "asm": "Assembly", "v": "Verilog", "sv": "SystemVerilog", "vhd": "VHDL",
        "el": "Emacs Lisp",
        "lisp": "Common Lisp", "scm": "Scheme", "rkt": "Racket", "vim": "Vim script", "ipynb": "Jupyter",
        "modulemap": "Clang module map", "gradle": "Gradle", "csv": "CSV", "tsv": "CSV",
    ]
}
