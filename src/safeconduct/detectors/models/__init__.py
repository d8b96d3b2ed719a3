"""The sorter's cheap models: how unusual is this text among benign ones, as misuse and as injection?

They sort and add evidence; they never block alone. What a score leads to is said by policy, in other rooms.
"""
