/// The clock of a run, unless one gives it another.
public enum TrainingClock {
  private static let start = SuspendingClock.now

  /// Seconds that never go back, and that stand still while the machine sleeps.
  public static func seconds() -> Double { (SuspendingClock.now - start) / .seconds(1) }
}
