r6 = r1
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r1 = r7
r1 += 14
if r1 > r8 goto +144
r2 = *(u16 *)(r7 + 12)
if r2 == 8 goto +3
if r2 == 56710 goto +48
if r2 == 1544 goto +116
goto +139
r1 = r7
r1 += 34
if r1 > r8 goto +136
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 30)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +32
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +118
r4 = 65536
r3 = *(u8 *)(r7 + 23)
r1 = *(u16 *)(r7 + 20)
r1 &= 65311
if r1 != 0 goto +11
r2 = *(u8 *)(r7 + 14)
r2 &= 15
r2 <<= 2
if r2 < 20 goto +7
r5 = r7
r5 += 14
r5 += r2
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 2)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +12
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +97
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +95
r1 = *(u8 *)(r0 + 4)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 5)
if r2 != r3 goto +3
if r1 == 2 goto +90
r2 = *(u16 *)(r0 + 6)
if r2 == r4 goto +88
goto +93
r1 = r7
r1 += 54
if r1 > r8 goto +90
r1 = *(u8 *)(r7 + 20)
if r1 != 58 goto +23
r1 = r7
r1 += 78
if r1 > r8 goto +20
r1 = *(u8 *)(r7 + 54)
if r1 != 135 goto +18
r1 = 128
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 62)
*(u32 *)(r10 - 16) = r1
r1 = *(u32 *)(r7 + 66)
*(u32 *)(r10 - 12) = r1
r1 = *(u32 *)(r7 + 70)
*(u32 *)(r10 - 8) = r1
r1 = *(u32 *)(r7 + 74)
*(u32 *)(r10 - 4) = r1
r1 = 6 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +2
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +59
r1 = 128
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 38)
*(u32 *)(r10 - 16) = r1
r1 = *(u32 *)(r7 + 42)
*(u32 *)(r10 - 12) = r1
r1 = *(u32 *)(r7 + 46)
*(u32 *)(r10 - 8) = r1
r1 = *(u32 *)(r7 + 50)
*(u32 *)(r10 - 4) = r1
r1 = 6 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +24
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +41
r4 = 65536
r3 = *(u8 *)(r7 + 20)
r5 = r7
r5 += 54
r1 = r5
r1 += 4
if r1 > r8 goto +1
r4 = *(u16 *)(r5 + 2)
r1 = *(u8 *)(r0 + 0)
if r1 == 0 goto +12
r2 = *(u8 *)(r0 + 1)
if r2 != r3 goto +3
if r1 == 2 goto +28
r2 = *(u16 *)(r0 + 2)
if r2 == r4 goto +26
r1 = *(u8 *)(r0 + 4)
if r1 == 0 goto +5
r2 = *(u8 *)(r0 + 5)
if r2 != r3 goto +3
if r1 == 2 goto +21
r2 = *(u16 *)(r0 + 6)
if r2 == r4 goto +19
goto +24
r1 = r7
r1 += 42
if r1 > r8 goto +21
r2 = *(u16 *)(r7 + 16)
if r2 != 8 goto +19
r1 = 32
*(u32 *)(r10 - 20) = r1
r1 = *(u32 *)(r7 + 38)
*(u32 *)(r10 - 16) = r1
r1 = 4 ll # map
r2 = r10
r2 += -20
call 1
if r0 == 0 goto +2
r1 = *(u8 *)(r0 + 0)
if r1 == 1 goto +1
goto +6
r1 = 8 ll # map
r2 = *(u32 *)(r6 + 16)
r3 = 2
call 51
exit
r0 = 2
exit
