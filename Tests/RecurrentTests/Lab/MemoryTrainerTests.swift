import Recurrent
import TestSupport
import Testing

@Suite struct MemoryTrainerTests {
  private func result(_ task: any MemoryTask, _ cell: CellKind, sequences: Int) -> MemoryResult {
    var recipe = task.recipe
    recipe.sequences = sequences
    return MemoryTrainer(task, cell: cell, recipe: recipe, seed: 2).train(clock: { 0 })
  }

  /// A short parity is learnt in a moment; the same with an untrainable budget is not.
  @Test func solvesWhatIsEasy() {
    let solved = result(Parity(length: 4), .lstm, sequences: 40_000)
    #expect(solved.solvedAfter != nil && solved.value >= 0.99 && (solved.reach ?? 0) >= 4)
    let unsolved = result(Parity(length: 4), .lstm, sequences: 20)
    #expect(unsolved.solvedAfter == nil && unsolved.sequences == 20)
  }

  /// Runs side by side, as the lab has them, give what each gives alone.
  @Test func theResultIsRepeatable() {
    let runs = (0..<2).map { _ in result(TemporalOrder(length: 12), .gru, sequences: 2000) }
    #expect(runs[0] == runs[1])
    #expect(result(TemporalOrder(length: 12), .elman, sequences: 2000) != runs[0])
  }
}
