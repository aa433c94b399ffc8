import Testing

@testable import soma

@Suite("Commands beside the console")
struct BackgroundCommandTests {
    @Test(
        "tell whether they ended well: one that isn't there didn't",
        arguments: [
            ("exit 0", true), ("exit 3", false), ("kill -9 $$", false),
            ("\"${NOTHING:-no-such-program}\" x", false),
        ]
    )
    func ends(command: String, isWell: Bool) async {
        let told = await withCheckedContinuation { waiter in
            BackgroundCommand.run(command, ["SOMA_PAGE": "x"], Environment.all) {
                waiter.resume(returning: $0)
            }
        }
        #expect(told == isWell)
    }
}
