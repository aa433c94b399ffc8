import SomaAgents
import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

extension Stories {
    /// Runs whose words are of other scripts and pictures: waiting, at work, ended, one below another.
    static var scripts: [RunBuilder] {
        var asking = RunBuilder("a0c1d2", role: "オペレーター", goal: "本番の鍵を入れ替える 🔑", at: start + .seconds(60))
        asking.plan([("新しい鍵を作る", "一覧に載る"), ("古い鍵を消す", "拒否される")])
        let arguments = #"{"コマンド":"vault kv put secret/鍵 値=新しい 🇯🇵"}"#
        let effect = asking.request("シェル", arguments, effectClass: .once)
        _ = asking.askApproval(effect, arguments: arguments, risk: "本番環境を変更する ⚠️", reason: "計画の第一歩")
        asking.charge(tokens: 18_240, microdollars: 110_000)
        var below = RunBuilder(
            "b1d2e3",
            role: "研究者",
            goal: "보고서를 읽고 요약한다 👩🏽‍🔬",
            at: start + .seconds(90),
            parent: "0c1d2e3f4a5b6c7",
            limits: ["tokens": 20_000]
        )
        below.charge(tokens: 12_000, microdollars: 40_000)
        var question = RunBuilder("c2e3f4", role: "编码员", goal: "修复测试 🧪", at: start + .seconds(120))
        _ = question.ask("哪两家供应商？🤔")
        var failed = RunBuilder("d3f4a5", role: "เขียนโค้ด", goal: "ทดสอบระบบ 🚀", at: start + .seconds(150))
        failed.fail("測試.失敗", "兩項測試失敗 ❌")
        var done = RunBuilder("e4a5b6", role: "कोडर", goal: "रिपोर्ट लिखो 📄", at: start + .seconds(180))
        done.complete("報告書.md を書いた ✅")
        return [asking, wide, below, question, failed, done]
    }

    /// More runs than any screen has rows, a third of them with a question, a third below another.
    static var crowd: [RunBuilder] {
        (0..<90).map { number in
            var run = RunBuilder(
                "c\(number)rowd",
                role: number % 2 == 0 ? "coder" : "researcher",
                goal: "goal \(number)",
                at: start + .seconds(number),
                parent: number % 3 == 2 ? "c\(number - 1)rowd" : nil
            )
            run.charge(tokens: number * 700, microdollars: number * 9_000)
            if number % 3 == 0 { _ = run.ask("which of \(number)?") }
            if number % 9 == 4 { run.complete("made \(number)") }
            return run
        }
    }
}

/// A view with the key that opens it.
struct ViewKey: Sendable, CustomTestStringConvertible {
    let folder: String
    let key: String
    var testDescription: String { folder }

    static let all = [
        ViewKey(folder: "Home", key: "0"), ViewKey(folder: "Fleet", key: "1"),
        ViewKey(folder: "Agents", key: "2"),
        ViewKey(folder: "Approvals", key: "3"),
    ]
}

@Suite("Screens of every list in trouble")
struct TroubleGoldenTests {
    private func golden(_ console: TestConsole, _ view: ViewKey, _ name: String) throws {
        var console = console
        console.press(view.key)
        try expectGolden(console.canvas(), "\(view.folder)/\(name)-\(console.state.size)")
    }

    @Test("before the runs are there a word stands in their place", arguments: ViewKey.all, sizes)
    func loading(view: ViewKey, size: Size) throws {
        try golden(TestConsole([], size: size, connection: .connecting), view, "loading")
    }

    @Test("a lost connection says so and from when the screen is", arguments: ViewKey.all, sizes)
    func disconnected(view: ViewKey, size: Size) throws {
        var console = TestConsole.with(Stories.mix, size: size)
        let retryAt = start + .seconds(843)
        console.feed(.source(.connection(.reconnecting(retryAt: retryAt, reason: "the socket was closed"))))
        try golden(console, view, "disconnected")
    }

    @Test("a daemon that refuses for good is told with what to do", arguments: ViewKey.all, sizes)
    func refused(view: ViewKey, size: Size) throws {
        let connection = Connection.failed("The daemon is of version 0.9; this console needs 1.0 or newer.")
        try golden(TestConsole([], size: size, connection: connection), view, "refused")
    }

    @Test("more runs than rows", arguments: ViewKey.all, sizes)
    func crowd(view: ViewKey, size: Size) throws {
        try golden(TestConsole.with(Stories.crowd, size: size), view, "crowd")
    }

    @Test("words of other scripts and emoji keep to their columns", arguments: ViewKey.all, sizes)
    func scripts(view: ViewKey, size: Size) throws {
        try golden(TestConsole.with(Stories.scripts, size: size), view, "scripts")
    }

    @Test(
        "a clock that was set shows no negative age, and wakes nobody all the time",
        arguments: [-86_400 * 365, -86_400, -3_600, -1, 86_400 * 365 * 30]
    )
    func clock(jump: Int) {
        for key in ["0", "1", "2", "3", "4", "5", "6", "7", "7 w"] {
            var console = TestConsole.with(Stories.mix, size: Size(columns: 200, rows: 60))
            console.press(key)
            console.at(console.state.now + .seconds(jump))
            console.press("j")
            let text = console.canvas().text
            #expect(
                text.firstMatch(of: /(^|[ (])[-−][0-9]+(\.[0-9]+)? ?(ms|s|m|h|d|%)/) == nil,
                "\(key)\n\(text)"
            )
            if let tick = console.state.nextTick { #expect(tick >= .milliseconds(50), "\(key)") }
            // Back again: what is known is shown as it was.
            console.at(console.state.now + .seconds(-jump))
            #expect(console.canvas().size == console.state.size)
        }
    }
}
