/// A line that tells how far work has come: redrawn in place on a terminal, and now and then a plain line elsewhere.
final class Progress {
  private let quiet: Bool
  private let start = monotonicSeconds()
  private var lastShown = -1.0
  private var drawn = false

  init(quiet: Bool) { self.quiet = quiet }

  private static let width = 20

  /// True if it is time to show something again, at `now`.
  private func isDue(_ now: Double) -> Bool {
    guard !quiet else { return false }
    // Ten times a second on a terminal; elsewhere every ten seconds, so that a log stays short.
    guard now - lastShown >= (StandardError.isTerminal ? 0.1 : 10) else { return false }
    let isFirst = lastShown < 0
    lastShown = now
    return StandardError.isTerminal || !isFirst
  }

  /// Shows how things stand, where nobody knows how long they will go on.
  func show(_ text: @autoclosure () -> String) {
    guard isDue(monotonicSeconds()) else { return }
    if StandardError.isTerminal { draw(text()) } else { StandardError.line(text()) }
  }

  /// Shows a bar with the time left.
  func show(fraction: Double, _ text: @autoclosure () -> String) {
    let now = monotonicSeconds()
    guard isDue(now) else { return }
    let part = min(1, max(0, fraction))
    let left = part > 0.001 ? clockTime((now - start) * (1 - part) / part) : "?"
    let percent = "\(Int(part * 100)) %"
    guard StandardError.isTerminal else { return StandardError.line("\(percent), \(left) left: \(text())") }
    let full = Int(part * Double(Self.width))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.width - full)
    draw("\(bar) \(percent)  \(left) left  \(text())")
  }

  private func draw(_ line: String) {
    StandardError.write("\r\u{1B}[2K" + String(line.prefix(max(20, StandardError.columns - 1))))
    drawn = true
  }

  /// A line that stays.
  func line(_ text: String) {
    guard !quiet else { return }
    clear()
    StandardError.line(text)
  }

  func clear() {
    if drawn { StandardError.write("\r\u{1B}[2K") }
    drawn = false
  }
}
